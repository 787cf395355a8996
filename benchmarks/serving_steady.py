"""Half an hour of steady load: waiting times, errors, and whether memory stays where it was.

Requests are due at random instants, fifty a second on average (an open loop). What else the machine had to do
is told beside the figures, as the load average of the minute before and of the minutes at the end.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.load import REFUSED, Answers, Target, open_loop
from benchmarks.processes import cpu_seconds, memory_mib
from benchmarks.served import served
from serving.run import Running

RATE, SECONDS = 50.0, 1_800.0
WARM_SECONDS = 10.0
LOOKS = 60
"""Times that memory is looked at."""


def run(source: Path | None = None) -> dict[str, Any]:
    """Give waits, errors, memory at start, middle and end in MiB, and the load of the machine."""
    with served(source) as (place, running):
        return steady(place.target(running, most_items=1), running, SECONDS)


def steady(target: Target, running: Running, seconds: float, rate: float = RATE) -> dict[str, Any]:
    """Load a service for some seconds."""
    open_loop(target, rate, min(WARM_SECONDS, seconds))
    load, process = os.getloadavg()[0], running.process.pid
    with ThreadPoolExecutor(1) as aside:
        used = cpu_seconds(process)
        looked = aside.submit(_memory, process, seconds)
        answers = open_loop(target, rate, seconds)
        memory = looked.result()
        used = cpu_seconds(process) - used
    return {
        "seconds": seconds,
        "asked, requests a second": rate,
        **answers.figures(),
        "refused as busy": answers.of(REFUSED).due.size,
        "p99_ms by third": [part.waits()["p99_ms"] for part in _thirds(answers, seconds)],
        "memory at start, MiB": memory[0],
        "memory in the middle, MiB": memory[len(memory) // 2],
        "memory at the end, MiB": memory[-1],
        "memory at most, MiB": max(memory),
        "share of a core": used / seconds,
        "load average before": load,
        "load average at the end": os.getloadavg()[2],
    }


def _memory(process: int, seconds: float) -> list[float]:
    """Memory of the service, looked at some times."""
    found = [memory_mib(process)]
    for _ in range(LOOKS):
        time.sleep(seconds / LOOKS)
        found.append(memory_mib(process))
    return found


def _thirds(answers: Answers, seconds: float) -> list[Answers]:
    """The requests by the third of the time in which they were due."""
    place = np.minimum((answers.due - answers.due.min()) / seconds * 3, 2).astype(int)
    return [
        Answers(answers.due[mine], answers.wait[mine], answers.status[mine], [])
        for mine in (place == third for third in range(3))
    ]
