"""Studies killed with SIGKILL at any moment, and resumed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.evidence.proof import ROOT, Proof
from training.study import Attempt, Dimension, Plan, Search, search

_VICTIM = """
import sys
from tests.evidence.study_kill import run_on
print("ready", flush=True)
run_on(sys.argv[1])
"""
_SPACE = {"x": Dimension(-2.0, 2.0), "leaves": Dimension(2, 64, log=True, integer=True)}


def run_on(folder: str) -> Search:
    """Start the study of a folder, or go on with it."""
    return search(replace(_plan(folder), resume=True), _judge)


def _lost_or_repeated(case: int) -> str | None:
    """Kill one study one to three times; what it tried in the end is what an uninterrupted one tries."""
    chance = random.Random(case)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(chance.randint(1, 3)):
            _kill_after(folder, chance.uniform(0.0, 0.6))
            _cut(Path(folder) / "studies.log", chance)
        resumed = run_on(folder)
    if _tried(resumed) != _straight():
        return "a resumed study tried something else than an uninterrupted one"
    return None


def _cut(journal: Path, chance: random.Random) -> None:
    """Leave what an earlier kill would have left: the journal up to any byte."""
    if journal.exists():
        os.truncate(journal, chance.randint(journal.stat().st_size // 2, journal.stat().st_size))


def _kill_after(folder: str, seconds: float) -> None:
    command = [sys.executable, "-c", _VICTIM, folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as victim:
        if victim.stdout is None or victim.stdout.readline() != b"ready\n":
            raise ChildProcessError("the study did not start")
        time.sleep(seconds)
        os.kill(victim.pid, signal.SIGKILL)


def _plan(folder: str) -> Plan:
    return Plan(
        name="killed",
        space=_SPACE,
        first={"x": 1.5, "leaves": 8},
        trials=16,
        seed=7,
        clock=time.monotonic,
        storage=str(Path(folder) / "studies.log"),
        pruner="none",
    )


def _judge(attempt: Attempt) -> tuple[float, Mapping[str, float]]:
    for step in range(1, 6):
        attempt.report(step, float(step))
        time.sleep(0.004)
    return -((attempt.parameters["x"] - 0.5) ** 2), {"rounds": 3.0}


def _tried(found: Search) -> list[tuple[Mapping[str, float], float]]:
    return [(trial.parameters, trial.value) for trial in found.trials]


@cache
def _straight() -> list[tuple[Mapping[str, float], float]]:
    with tempfile.TemporaryDirectory() as folder:
        return _tried(search(_plan(folder), _judge))


PROOF = Proof(
    name="study-kill",
    statement="A study killed with SIGKILL one to three times, its journal cut at any byte, and resumed "
    "tries just what an uninterrupted one tries: no trial is lost, none counted twice.",
    count=100,
    small=1,
    run=_lost_or_repeated,
)
