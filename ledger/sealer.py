"""The sealer: signs the tree of all records, again and again, and exports each head to a second place."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from pathlib import Path

from ledger.errors import LedgerError
from ledger.sealing_key import SealingKey
from ledger.store import LedgerStore
from ledger.verifier import HEADS, Sealed, exported_heads, leaf_hash

MOST = 1_000
"""Records that one head adds at most."""


class Sealer:
    """Seals what a ledger has got, in a thread of its own until it is closed, and once more then.

    Several services may seal one ledger: each head is true, and one that is there already is left out. What
    goes wrong is told to `note` and tried again: records wait for no seal.
    """

    def __init__(
        self,
        ledger: LedgerStore,
        key: SealingKey,
        *,
        now: Callable[[], datetime],
        place: Path | None = None,
        seconds: float = 1.0,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._key = key
        self._now = now
        self._place = place
        self._seconds = seconds
        self._note = note
        self._told = ""
        self._exported: int | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="seal", daemon=True)

    def start(self) -> None:
        """Seal every so many seconds from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and seal what is left."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        self._try()

    def _run(self) -> None:
        while not self._ending.wait(self._seconds):
            self._try()

    def _try(self) -> None:
        told = ""
        try:
            seal(self._ledger, self._key, self._now())
            if self._place:
                self._exported = export_heads(self._ledger, self._place, self._exported)
        except (LedgerError, OSError) as error:
            told = str(error)
        if told and told != self._told:
            self._note(told)
        self._told = told


def seal(ledger: LedgerStore, key: SealingKey, now: datetime) -> int:
    """Seal the records that no head holds yet, in heads of at most `MOST`; gives how many were sealed."""
    tree = ledger.frontier()
    before = tree.size
    leaves = (leaf_hash(stored.leaf) for stored in ledger.iterate(tree.size))
    while added := tuple(islice(leaves, MOST)):
        for leaf in added:
            tree.append(leaf)
        ledger.seal(Sealed(key.head(tree.size, tree.root(), now), added), tree)
    return tree.size - before


def export_heads(ledger: LedgerStore, place: Path, exported: int | None = None) -> int:
    """Add the heads that the second place does not have to its files of their days.

    `exported` is of how many records the newest head there is, where that is known; what it is then is given
    back. Files are only added to, and each head is durable before the next is looked at. A line that a fault
    cut off is ended, and its head added whole.
    """
    place.mkdir(parents=True, exist_ok=True)
    exported = _exported(place) if exported is None else exported
    for sealed in ledger.heads(exported):
        with (place / f"{sealed.head.sealed_at[:10]}-{HEADS}").open("ab") as file:
            if file.tell() and not _ends_a_line(Path(file.name)):
                file.write(b"\n")
            file.write(sealed.line().encode())
            file.flush()
            os.fsync(file.fileno())
        exported = sealed.head.size
    return exported


def _exported(place: Path) -> int:
    """How many records the newest head of the second place is of."""
    return max((one.head.size for one in exported_heads(place).heads), default=0)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
