"""Bundles that were changed on the disk, offered to running services with and without a champion."""

from __future__ import annotations

import atexit
import random
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from customs.errors import TamizError
from serving.champion import load_champion
from serving.client import Client
from serving.run import Running, start
from serving.wiring import ServiceWiring
from tests.evidence.bundle_mutations import mutate
from tests.evidence.proof import Proof
from tests.serving.places import TOKEN, bundle, profiles, promote, request, workspace
from tests.serving.readiness import ready

_PATIENCE, _LOAD_SECONDS = 90.0, 60.0
_NO_POINTER = "{}"


@dataclass(frozen=True)
class Offered:
    """A running service, the id of its champion, and a whole bundle that lies aside to be mutated."""

    running: Running
    wiring: ServiceWiring
    champion: str | None
    bundle_id: str
    whole: Path

    @property
    def place(self) -> Path:
        """Where the bundle lies that the pointer names."""
        return self.wiring.bundles / self.bundle_id


def _taken(case: int) -> str | None:
    """Offer one mutated bundle to a service, and see that it is refused by name and nothing else changes."""
    offered = _services()[case % 2]
    told = _offer(offered, random.Random(case))
    try:
        return _wrong(offered, told)
    finally:
        offered.wiring.champion.write_text(_NO_POINTER)
        _until(offered, lambda state: state["model_refused"] == _quiet(offered))


def _offer(offered: Offered, chance: random.Random) -> str:
    """Lay the bundle down, mutate it, and point to it."""
    for left in (offered.place, *offered.wiring.bundles.glob(".aside*")):
        _remove(left)
    shutil.copytree(offered.whole, offered.place)
    told = mutate(offered.place, chance)
    promote(offered.wiring, offered.bundle_id)
    return told


def _wrong(offered: Offered, told: str) -> str | None:
    try:
        load_champion(offered.wiring.champion, offered.wiring.registered_keys, seconds=_LOAD_SECONDS)
    except TamizError as refusal:
        if not str(refusal) or not refusal.remedy:
            return f"{told}: refused without words: {refusal!r}"
    else:
        return f"{told}: was loaded"
    state = _until(offered, lambda state: state["model_refused"] not in (None, _quiet(offered)))
    if state is None:
        return f"{told}: the service does not say that it refused"
    if state["model"] != offered.champion or state["status"] != "ready":
        return f"{told}: the service is {state['status']} with the model {state['model']}"
    return _wrong_decision(offered, told)


def _wrong_decision(offered: Offered, told: str) -> str | None:
    with Client(offered.running.url, TOKEN) as client:
        answer = client.try_out(request())
    at_work = answer.model.bundle_id if answer.model else None
    without = [] if offered.champion else ["model"]
    if (at_work, list(answer.degraded)) != (offered.champion, without):
        return f"{told}: decided by {at_work}, without {answer.degraded}"
    return None


@cache
def _services() -> tuple[Offered, Offered]:
    """Give a service with a champion, and one that has none; they end with this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    return _service(stack, champion=True), _service(stack, champion=False)


def _service(stack: ExitStack, *, champion: bool) -> Offered:
    folder = Path(stack.enter_context(TemporaryDirectory()))
    wiring = workspace(folder, serving={"watch_seconds": 0.05})
    profiles(wiring)
    at_work = bundle(wiring, "at work").id if champion else None
    if at_work:
        promote(wiring, at_work)
    made = bundle(wiring, "offered")
    whole = folder / "whole"
    made.path.rename(whole)
    running = stack.enter_context(start(wiring, log=folder / "service.log", seconds=120))
    offered = Offered(running, wiring, at_work, made.id, whole)
    wiring.champion.write_text(_NO_POINTER)
    if _until(offered, lambda state: state["model_refused"] == _quiet(offered)) is None:
        raise ChildProcessError("the service does not look at its pointer")
    return offered


def _quiet(offered: Offered) -> str:
    return f"{offered.wiring.champion.name} names no promoted bundle"


def _until(offered: Offered, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any] | None:
    """Give what the service says of itself once it is so; None if it never is."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        state = ready(offered.running, seconds=_PATIENCE)
        if reached(state):
            return state
        time.sleep(0.01)
    return None


def _remove(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left)
    else:
        left.unlink(missing_ok=True)


PROOF = Proof(
    name="mutated-bundles",
    statement="Of bundles that are damaged, mixed up, linked elsewhere, too large, signed by somebody else, "
    "or another one than was approved, none is loaded and each is refused in words with a remedy; a running "
    "service goes on deciding by the champion it had, and one that had none by its rules.",
    count=1_000,
    small=6,
    run=_taken,
)
