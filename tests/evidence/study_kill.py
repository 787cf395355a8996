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
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import psutil

from tests.evidence.proof import ROOT, Proof
from training.study import search
from training.trial import Attempt, Dimension, Plan, Search

_VICTIM = """
import os, signal, sys
from tests.evidence.study_kill import run_on
from tests.training.dying import die_at
if sys.argv[2] != "0":
    die_at(int(sys.argv[2]), lambda: os.kill(os.getpid(), signal.SIGKILL), done=sys.argv[3] == "after")
print("ready", flush=True)
run_on(sys.argv[1], int(sys.argv[4]))
"""
_WRITES = 150
"""The writes of a run among which one is drawn to die at: about as many as an uninterrupted study makes."""

_SPACE = {"x": Dimension(-2.0, 2.0), "leaves": Dimension(2, 64, log=True, integer=True)}


def run_on(storage: str, workers: int = 1) -> Search:
    """Start the study of a storage, or go on with it, with so many processes that judge."""
    return search(replace(_plan(storage), resume=True, workers=workers), _judge)


def _lost_or_repeated(case: int) -> str | None:
    """Kill one study one to three times; what it tried in the end is what an uninterrupted one tries."""
    chance = random.Random(case)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "studies.log"
        storage = str(journal) if chance.random() < 0.5 else f"sqlite:///{folder}/studies.db"
        for _ in range(chance.randint(1, 3)):
            chance.choice((_kill_after, _kill_at_a_write, _kill_one_of_several))(storage, chance)
            _cut(journal, chance)
        resumed = run_on(storage)
    if (_tried(resumed), resumed.best.parameters) != _straight():
        return "a resumed study tried something else than an uninterrupted one"
    return None


def _cut(journal: Path, chance: random.Random) -> None:
    """Leave what an earlier kill would have left: the journal up to any byte."""
    if journal.exists():
        os.truncate(journal, chance.randint(journal.stat().st_size // 2, journal.stat().st_size))


def _kill_after(storage: str, chance: random.Random) -> None:
    with _victim(storage) as victim:
        time.sleep(chance.uniform(0.0, 0.6))
        os.kill(victim.pid, signal.SIGKILL)


def _kill_one_of_several(storage: str, chance: random.Random) -> None:
    """Kill the process that leads two others, with which these end, or one of them, and the rest goes on."""
    with _victim(storage, workers=2) as victim:
        time.sleep(chance.uniform(0.5, 4.0))
        workers = _workers(victim.pid)
        with suppress(psutil.NoSuchProcess):  # it has come to its end
            chance.choice([psutil.Process(victim.pid), *workers]).kill()
    psutil.wait_procs(workers, timeout=30)


def _workers(process: int) -> list[psutil.Process]:
    try:
        children = psutil.Process(process).children()
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]
    except psutil.NoSuchProcess:
        return []


def _kill_at_a_write(storage: str, chance: random.Random) -> None:
    with _victim(storage, write=chance.randint(1, _WRITES), moment=chance.choice(("before", "after"))):
        pass


def _victim(storage: str, *, workers: int = 1, write: int = 0, moment: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _VICTIM, storage, str(write), moment, str(workers)]
    victim = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    if victim.stdout is None or victim.stdout.readline() != b"ready\n":
        raise ChildProcessError("the study did not start")
    return victim


def _plan(storage: str) -> Plan:
    return Plan(
        name="killed",
        space=_SPACE,
        first={"x": 1.5, "leaves": 8},
        trials=16,
        seed=7,
        clock=time.monotonic,
        storage=storage,
        pruner="median",
        steps=5,
        finalists=3,
        further_seeds=1,
        at_once=2,
    )


def _judge(attempt: Attempt) -> tuple[float, Mapping[str, float]]:
    value = -((attempt.parameters["x"] - 0.5) ** 2)
    for step in range(1, 6):
        attempt.report(step, value + step)
        time.sleep(0.004)
    return value + 5, {"rounds": 3.0}


def _tried(found: Search) -> list[tuple[Mapping[str, float], float, bool]]:
    return [(trial.parameters, trial.value, trial.pruned) for trial in found.trials]


@cache
def _straight() -> tuple[list[tuple[Mapping[str, float], float, bool]], Mapping[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        found = search(_plan(str(Path(folder) / "studies.log")), _judge)
    return _tried(found), found.best.parameters


PROOF = Proof(
    name="study-kill",
    statement="A study killed with SIGKILL one to three times, at any moment or at any write, alone or one "
    "of several at work, its journal cut at any byte or behind a storage URL, and resumed tries just what an "
    "uninterrupted one tries: no trial is lost, none counted twice.",
    count=100,
    small=1,
    run=_lost_or_repeated,
)
