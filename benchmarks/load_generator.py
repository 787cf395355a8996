"""Sends requests over some connections for some seconds as fast as they are answered, for `serving_load`.

A process of its own, so that it can have a core of its own; the standard library and NumPy only.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from typing import Any

import numpy as np

MARK = "@@"
"""Stands in a body where each request puts a name of its own: no declaration is decided twice."""


def main() -> None:
    """Read what to do on standard input, print the figures."""
    target, connections, seconds, nonce = json.load(sys.stdin)
    waits: list[float] = []
    failed: list[int] = []
    until = time.perf_counter() + seconds
    arguments = [(target, f"{nonce}-{number}", until, waits, failed) for number in range(connections)]
    threads = [threading.Thread(target=_send, args=one) for one in arguments]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    milliseconds = np.array(waits) * 1e3
    figures = {
        "requests": len(waits),
        "requests_a_second": len(waits) / took,
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p99_ms": float(np.percentile(milliseconds, 99)),
        "max_ms": float(milliseconds.max()),
        "failed": len(failed),
    }
    print(json.dumps(figures))


def _send(target: dict[str, Any], name: str, until: float, waits: list[float], failed: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", target["port"], timeout=30)
    headers = {**target["headers"], "Content-Type": "application/json"}
    bodies = target["bodies"]
    number = 0
    while (began := time.perf_counter()) < until:
        body = bodies[number % len(bodies)].replace(MARK, f"{name}-{number}").encode()
        connection.request("POST", target["path"], body, headers)
        answer = connection.getresponse()
        answer.read()
        waits.append(time.perf_counter() - began)
        number += 1
        if answer.status != 200:
            failed.append(answer.status)
    connection.close()


if __name__ == "__main__":
    main()
