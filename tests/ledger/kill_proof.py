"""Proof that no acknowledged record is lost, doubled or changed when the writer is killed.

A child appends records from several threads and writes down each acknowledgement; it is killed (SIGKILL) at a
random moment; then the ledger is compared with what was acknowledged.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.sqlite_store import SqliteLedger
from tests.ledger.children import CHILDREN
from tests.ledger.some_records import some_record

_WAITERS = 8


def run(count: int, seed: int, progress: Callable[[str, int, int], None] = lambda *_: None) -> dict[str, int]:
    """Kill `count` writers one after the other on one ledger, and say what became of the records."""
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        path, acknowledgements = Path(folder) / "ledger.db", Path(folder) / "acknowledged"
        for number in range(count):
            _kill_a_writer(path, acknowledgements, number * 1_000_000, chance.uniform(0.02, 0.3))
            progress("kill -9", number + 1, count)
        numbers = [int(line) for line in acknowledgements.read_text("ascii").splitlines()]
        return {"kills": count, "seed": seed, **_compare(path, numbers)}


def _kill_a_writer(path: Path, acknowledgements: Path, first: int, seconds: float) -> None:
    ready = CHILDREN.Event()
    child = CHILDREN.Process(
        target=_append_for_ever, args=(path, acknowledgements, first, ready), daemon=True
    )
    child.start()
    assert ready.wait(60)
    time.sleep(seconds)
    child.kill()
    child.join(30)
    child.close()


def _append_for_ever(path: Path, acknowledgements: Path, first: int, ready: threading.Event) -> None:
    ledger = SqliteLedger.open(path)
    log = os.open(acknowledgements, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(waiter: int) -> None:
        for number in range(first + waiter, first + 1_000_000, _WAITERS):
            ledger.append(some_record(number)).result()
            os.write(log, b"%d\n" % number)
            ready.set()

    for waiter in range(_WAITERS):
        threading.Thread(target=write, args=(waiter,)).start()


def _compare(path: Path, acknowledged: list[int]) -> dict[str, int]:
    with SqliteLedger.open(path) as ledger:
        leaves = [stored.leaf for stored in ledger.iterate()]
        intact = ledger.verify().intact
    stored = set(leaves)
    lost = sum(some_record(number).leaf() not in stored for number in acknowledged)
    return {
        "acknowledged": len(acknowledged),
        "stored": len(leaves),
        "lost_or_changed": lost,
        "doubled": len(leaves) - len(stored),
        "broken": int(not intact),
    }
