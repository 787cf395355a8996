"""A ledger in memory: the smallest thing that passes the suite of all ledgers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from typing import Self

from ledger.errors import AlreadyRecorded, LedgerUnavailable
from ledger.record import Kind, Record
from ledger.store import Stored
from ledger.verification import Row, Verification, verify
from ledger.verifier import Frontier, Sealed, leaf_hash


class MemoryLedger:
    """A LedgerStore that is gone with the test."""

    def __init__(self) -> None:
        self._stored: list[Stored] = []
        self._lock = threading.Lock()
        self._closed = False
        self._sign: Callable[[bytes], bytes] | None = None
        self._heads: dict[int, tuple[Sealed, Frontier]] = {}

    def sign_receipts(self, sign: Callable[[bytes], bytes]) -> None:
        self._sign = sign

    def append(self, record: Record) -> Future[Stored]:
        future: Future[Stored] = Future()
        leaf = record.leaf()
        receipt = self._sign(leaf_hash(leaf)) if self._sign else None
        with self._lock:
            found = self.by_key(record.client, record.key) or self.get(record.id)
            if record.once and not found:
                found = self.by_once(record.once)
            if self._closed:
                future.set_exception(LedgerUnavailable("closed", remedy="open it"))
            elif found:
                future.set_exception(AlreadyRecorded(found))
            else:
                self._stored.append(Stored(len(self._stored) + 1, leaf, leaf_hash(leaf), receipt))
                future.set_result(self._stored[-1])
        return future

    def get(self, record_id: str) -> Stored | None:
        return next((stored for stored in self._stored if stored.record.id == record_id), None)

    def by_key(self, client: str, key: str) -> Stored | None:
        mine = (
            stored for stored in self._stored if (stored.record.client, stored.record.key) == (client, key)
        )
        return next(mine, None)

    def by_once(self, once: str) -> Stored | None:
        return next((stored for stored in self._stored if stored.record.once == once), None)

    def before(self, client: str, key: str, about: str) -> list[Stored]:
        found = {stored.seq: stored for stored in [self.by_key(client, key), *self.about(about)] if stored}
        return [found[seq] for seq in sorted(found)]

    def about(self, about: str) -> list[Stored]:
        return [stored for stored in self._stored if stored.record.about == about]

    def iterate(self, after_seq: int = 0, kinds: Collection[Kind] | None = None) -> Iterator[Stored]:
        wanted = set(Kind) if kinds is None else set(kinds)
        yield from (stored for stored in self._stored[after_seq:] if stored.record.kind in wanted)

    def seal(self, sealed: Sealed, tree: Frontier) -> None:
        self._heads.setdefault(sealed.head.size, (sealed, Frontier(tree.size, list(tree.peaks))))

    def frontier(self) -> Frontier:
        _, newest = self._heads[max(self._heads)] if self._heads else (None, Frontier())
        return Frontier(newest.size, list(newest.peaks))

    def heads(self, after_size: int = 0) -> Iterator[Sealed]:
        yield from (self._heads[size][0] for size in sorted(self._heads) if size > after_size)

    def count(self) -> int:
        return len(self._stored)

    def verify(self) -> Verification:
        return verify(
            Row.of(stored.seq, stored.record, stored.leaf, stored.receipt) for stored in self._stored
        )

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
