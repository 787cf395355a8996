"""What a ledger store does, whatever database stands behind it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any, Protocol, Self

from ledger.record import Kind, Record
from ledger.verification import Verification
from ledger.verifier import Frontier, Sealed


@dataclass(frozen=True)
class Stored:
    """A record as it stands in the ledger: its number there, its leaf and the hash of it, and its receipt.

    The receipt (`ledger.verifier.receipt_bytes`) stands outside the leaf; None of a record from before them.

    >>> from datetime import UTC, datetime
    >>> from ledger.verifier import leaf_hash
    >>> leaf = Record("r1", Kind.ACCESS, datetime(2026, 1, 2, tzinfo=UTC), "auditor", "k1").leaf()
    >>> Stored(1, leaf, leaf_hash(leaf)).record.client
    'auditor'
    """

    seq: int
    leaf: bytes
    leaf_hash: bytes
    receipt: bytes | None = None

    @cached_property
    def record(self) -> Record:
        """The record that the leaf holds."""
        return Record.parse(self.leaf)


def receipt_text(stored: Stored) -> str | None:
    """Give the receipt of a record as answers hold it: base64, None where it has none."""
    return b64encode(stored.receipt).decode() if stored.receipt else None


def paged(page: Callable[[int], Sequence[Sequence[Any]]], after: int) -> Iterator[Sequence[Any]]:
    """Give rows that begin with their numbers, a page after another, so that a slow reader holds nobody up.

    `page` gives the next rows behind a number.

    >>> list(paged(lambda after: [[number] for number in range(after + 1, 5)][:2], 1))
    [[2], [3], [4]]
    """
    while rows := page(after):
        yield from rows
        after = rows[-1][0]


class LedgerStore(Protocol):
    """An insert-only store of records, numbered 1, 2, 3 … without gaps in the order of their commits.

    Whoever has read up to a number has read all that was committed before it.
    """

    def sign_receipts(self, sign: Callable[[bytes], bytes]) -> None:
        """Have every record from now on get the receipt that `sign` makes of the hash of its leaf."""

    def append(self, record: Record) -> Future[Stored]:
        """Record for good: the future is done when the record is durable.

        It raises AlreadyRecorded if (client, key), the id or `once` stand there, in this order; and
        LedgerUnavailable if it could not be recorded. Wait with `.result()`, or `asyncio.wrap_future`.
        """

    def get(self, record_id: str) -> Stored | None:
        """The record with this id."""

    def by_key(self, client: str, key: str) -> Stored | None:
        """The record that this client made with this key."""

    def by_once(self, once: str) -> Stored | None:
        """The record of what can stand but once."""

    def before(self, client: str, key: str, about: str) -> list[Stored]:
        """What stands before a request: the record under its key and all of its declaration, in order."""

    def about(self, about: str) -> list[Stored]:
        """All records of one declaration, in order."""

    def iterate(self, after_seq: int = 0, kinds: Collection[Kind] | None = None) -> Iterator[Stored]:
        """The records behind number `after_seq`, in order, of some kinds or of all."""

    def seal(self, sealed: Sealed, tree: Frontier) -> None:
        """Keep a signed head with the leaves that it adds, and the tree as it stands with them.

        A head of as many records that is there already stays.
        """

    def frontier(self) -> Frontier:
        """The tree of the newest head; an empty one without heads."""

    def heads(self, after_size: int = 0) -> Iterator[Sealed]:
        """The heads of more records than so many, in the order of their sizes."""

    def count(self) -> int:
        """How many records there are."""

    def verify(self) -> Verification:
        """Whether every record still is what its leaf says, and none before the last is missing."""

    def writable(self) -> bool:
        """False if the next record can be foreseen to fail."""

    def close(self) -> None:
        """Commit what waits, and let go of the database."""

    def __enter__(self) -> Self:
        """The store itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
