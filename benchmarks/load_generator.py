"""Sends requests to a server, and says of each when it was due, how long it took and what came back.

A process of its own, so that it can have a core of its own; `load` starts it. In a closed loop some
connections send as soon as they were answered. In an open loop requests are due at random instants (a Poisson
process), whatever became of those before, over as many connections as that takes: what waits to be sent waits
already. The standard library and NumPy only.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

MARK = "@@"
"""Stands in a body where each request puts a name of its own: no declaration is decided twice."""

_PATIENCE, _PAUSE = 30.0, 0.02
_NO_ANSWER = 0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


def main() -> None:
    """Read what to do on standard input, print what came of it."""
    asked = json.load(sys.stdin)
    sender = _Sender(asked["target"], asked["told"], str(time.time_ns()))
    loop = _open if asked["rate"] else _closed
    asyncio.run(loop(sender, asked["rate"] or asked["connections"], asked["seconds"]))
    print(json.dumps(sender.answers))


async def _closed(sender: _Sender, connections: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    await asyncio.gather(*(_without_rest(sender, until) for _ in range(connections)))


async def _without_rest(sender: _Sender, until: float) -> None:
    while (due := time.monotonic()) < until:
        if not await sender.send(due):
            await asyncio.sleep(_PAUSE)


async def _open(sender: _Sender, rate: float, seconds: float) -> None:
    rng, due = np.random.default_rng(1), time.monotonic()
    until = due + seconds
    async with asyncio.TaskGroup() as group:
        while (due := due + rng.exponential(1 / rate)) < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(sender.send(due))


class _Sender:
    """Sends the bodies of a target in turn, over connections that are free, else new."""

    def __init__(self, target: dict[str, Any], told: Sequence[Sequence[str | int]], nonce: str) -> None:
        self.answers: list[tuple[float, float, int, Any]] = []
        self._target = target
        self._told = told
        self._nonce = nonce
        self._number = 0
        self._free: list[_Connection] = []

    async def send(self, due: float) -> bool:
        """Send one request; whether it was answered, with whatever status."""
        request = self._request()
        connection = self._free.pop() if self._free else _Connection(self._target["port"])
        status, body = _NO_ANSWER, b""
        with suppress(OSError, EOFError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                status, body = await connection.ask(request)
        self.answers.append((due, time.monotonic() - due, status, self._of_interest(status, body)))
        if status == _NO_ANSWER:
            connection.close()
        else:
            self._free.append(connection)
        return status != _NO_ANSWER

    def _request(self) -> bytes:
        target, self._number = self._target, self._number + 1
        text = target["bodies"][self._number % len(target["bodies"])]
        body = text.replace(MARK, f"{self._nonce}-{self._number}").encode()
        headers = {
            "Host": "127.0.0.1",
            "Content-Type": "application/json",
            "Content-Length": len(body),
            **target["headers"],
        }
        lines = [f"POST {target['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def _of_interest(self, status: int, body: bytes) -> list[Any]:
        if status != 200 or not self._told:
            return []
        answer = json.loads(body)
        return [_at(answer, path) for path in self._told]


class _Connection:
    """A connection that is kept open, and opened again where the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Give status and body; OSError or EOFError where none comes."""
        if self._streams is None or self._streams[0].at_eof():
            self.close()
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        if _LAST.search(head):
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        """Let go of it."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _at(answer: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        answer = answer[step] if answer else None
    return answer


if __name__ == "__main__":
    main()
