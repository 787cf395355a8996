"""Writers of snapshots, of their pointer, of Parquet and of the mirror in Redis, killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.evidence.history_scenes import SCENES, Place, Scene, lying
from tests.evidence.proof import ROOT, Proof
from tests.evidence.steps import Steps
from tests.redis_server import redis_server

_PATIENCE = 120
_COLD = 5.0
"""A process that just began takes longer."""


@dataclass(frozen=True)
class Undisturbed:
    """What a run that nobody kills takes, what is seen before it and after each stage, and what it leaves."""

    steps: int
    seconds: float
    seen: tuple[str, ...]
    lying: dict[str, str]


def _disturbed(case: int) -> str | None:
    """Kill one writer at a moment, or at a step of each tenth of its work; look, run again, look again."""
    chance = random.Random(case)
    name = list(SCENES)[case % len(SCENES)]
    straight = _undisturbed(name)
    with _begun(name) as (scene, place):
        turn, at_a_step = divmod(case // len(SCENES), 2)
        if at_a_step:
            _kill_at_a_step(name, place, 1 + int(straight.steps * (turn % 10 + chance.random()) / 10))
        else:
            _kill_at_a_moment(name, place, chance.uniform(0, _COLD * straight.seconds))
        if scene.seen(place) not in straight.seen:
            return f"{name}: after the kill a reader sees neither the old nor the new"
        for _ in scene.work(place):
            pass
        if scene.seen(place) != straight.seen[-1]:
            return f"{name}: run again, it ends otherwise than undisturbed"
        if wrong := _different(lying(place), straight.lying):
            return f"{name}: run again, it leaves {wrong[0]} otherwise than undisturbed"
    return None


@cache
def _undisturbed(name: str) -> Undisturbed:
    with _begun(name) as (scene, place):
        seen, taken, seconds = [scene.seen(place)], 0, 0.0
        before, started = _steps().count, time.monotonic()
        for _ in scene.work(place):
            taken, seconds = taken + _steps().count - before, seconds + time.monotonic() - started
            seen.append(scene.seen(place))
            before, started = _steps().count, time.monotonic()
        return Undisturbed(taken, seconds, tuple(seen), lying(place))


@cache
def _steps() -> Steps:
    return Steps(0)


@contextmanager
def _begun(name: str) -> Iterator[tuple[Scene, Place]]:
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        scene = SCENES[name]
        url = stack.enter_context(redis_server()).url if scene.redis else ""
        (Path(folder) / "tmp").mkdir()
        place = Place(Path(folder), url)
        scene.begin(place)
        yield scene, place


def _kill_at_a_moment(name: str, place: Place, seconds: float) -> None:
    with _victim(name, place, 0) as victim:
        time.sleep(seconds)
        os.kill(victim.pid, signal.SIGKILL)


def _kill_at_a_step(name: str, place: Place, step: int) -> None:
    with _victim(name, place, step) as victim:
        victim.wait(_PATIENCE)


def _victim(name: str, place: Place, fatal: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.evidence.history_scenes"]
    victim = subprocess.Popen(
        [*command, name, str(place.home), place.url, str(fatal)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(place.home / "tmp")},
    )
    if victim.stdout is None or victim.stdout.readline() != b"ready\n":
        raise ChildProcessError("the writer did not start")
    return victim


def _different(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    return sorted(name for name in found.keys() | expected if found.get(name) != expected.get(name))


PROOF = Proof(
    name="history-kill",
    statement="Whoever writes histories is killed with SIGKILL at any moment or step, while a snapshot is "
    "made anew, brought up by days, pointed at, written to Parquet, or mirrored in Redis: a reader sees the "
    "old or the new to every entry, the next run succeeds, ends with the bytes of an undisturbed one, and "
    "nothing is left over.",
    count=120,
    small=5,
    run=_disturbed,
)
