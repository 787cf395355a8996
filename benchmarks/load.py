"""Load on a server, from a process and a core of its own, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SERVER_CORE, GENERATOR_CORE = 0, 1

REFUSED = 503
"""The status of what the service has no place for."""

Path = Sequence[str | int]
"""Where something stands in an answer: names of members and places in lists."""


@dataclass(frozen=True)
class Target:
    """A server to send to: its port, path and headers, and the bodies to take turns with."""

    port: int
    path: str
    headers: Mapping[str, str]
    bodies: list[str]


@dataclass(frozen=True)
class Answers:
    """What became of n requests, in the order of their answers.

    `due` is when each was to be sent, in seconds of the monotonic clock, `wait` the seconds from then to the
    answer, `status` 0 where none came, `told` what was asked to be told of each answer of status 200.
    """

    due: NDArray[np.float64]
    wait: NDArray[np.float64]
    status: NDArray[np.int64]
    told: list[list[Any]]

    def of(self, *statuses: int) -> Answers:
        """Give those of some statuses."""
        mine = np.isin(self.status, statuses)
        told = [told for told, one in zip(self.told, mine.tolist(), strict=True) if one]
        return Answers(self.due[mine], self.wait[mine], self.status[mine], told)

    def waits(self) -> dict[str, float]:
        """Give the median, the 99th percentile and the longest of the waiting times, in ms; NaN of none."""
        milliseconds = 1e3 * self.wait if self.wait.size else np.array([np.nan])
        return {
            "p50_ms": float(np.percentile(milliseconds, 50)),
            "p99_ms": float(np.percentile(milliseconds, 99)),
            "max_ms": float(milliseconds.max()),
        }

    @property
    def seconds(self) -> float:
        """From the first request that was due to the last answer."""
        return float((self.due + self.wait).max() - self.due.min())

    def figures(self) -> dict[str, float]:
        """Give requests, requests/s, waiting times, and how many were not answered with 200."""
        return {
            "requests": self.due.size,
            "requests_a_second": self.due.size / self.seconds,
            **self.waits(),
            "failed": int(np.count_nonzero(self.status != 200)),
        }


def closed_loop(target: Target, connections: int, seconds: float, told: Sequence[Path] = ()) -> Answers:
    """Send over some connections, each as soon as it was answered."""
    return _generated(target, told, connections=connections, rate=None, seconds=seconds)


def open_loop(target: Target, rate: float, seconds: float, told: Sequence[Path] = ()) -> Answers:
    """Send so many a second, at random instants, whatever becomes of them."""
    return _generated(target, told, connections=None, rate=rate, seconds=seconds)


def _generated(target: Target, told: Sequence[Path], **asked: float | None) -> Answers:
    spec = json.dumps({"target": vars(target), "told": told, **asked})
    command = [sys.executable, "-m", "benchmarks.load_generator"]
    with on_core(GENERATOR_CORE):
        done = subprocess.run(command, input=spec, capture_output=True, text=True, check=True)
    due, wait, status, said = zip(*json.loads(done.stdout), strict=True)
    return Answers(np.array(due), np.array(wait), np.array(status), list(said))


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Let what is started meanwhile by this thread run on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core} & before or before)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
