"""Comparing what a store says of its records with what their leaves say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.errors import RecordError
from ledger.record import Record, instant_text
from ledger.verifier import leaf_hash


@dataclass(frozen=True)
class Row:
    """A record's columns, as a store holds them."""

    seq: int
    id: str
    kind: str
    recorded_at: str
    client: str
    key: str
    about: str | None
    leaf: bytes
    leaf_hash: bytes
    once: str | None = None
    receipt: bytes | None = None

    @classmethod
    def of(cls, seq: int, record: Record, leaf: bytes, receipt: bytes | None = None) -> Row:
        """The columns of a record with this leaf; the receipt alone stands outside of it."""
        return cls(
            seq,
            record.id,
            record.kind.value,
            instant_text(record.recorded_at),
            record.client,
            record.key,
            record.about,
            leaf,
            leaf_hash(leaf),
            record.once,
            receipt,
        )


@dataclass(frozen=True)
class Difference:
    """A record that is not what it was, or (without id) a gap; number 0 stands for the store itself."""

    seq: int
    id: str | None
    words: str


@dataclass(frozen=True)
class Verification:
    """How many records were looked at, and which of them differ."""

    checked: int
    differences: tuple[Difference, ...]

    @property
    def intact(self) -> bool:
        """True if nothing differs.

        Whoever may write to the store can rewrite records with their hashes, move them, and cut off the end:
        that is seen only against a head or an export that was kept elsewhere.
        """
        return not self.differences


def cut_off(last: int, given: int) -> Iterator[Difference]:
    """Give what was deleted at the end by somebody who left the store's own count of numbers as it was.

    >>> [difference.words for difference in cut_off(3, 5)]
    ['2 missing after record 3']
    """
    if last < given:
        yield Difference(last + 1, None, f"{given - last} missing after record {last}")


def verify(rows: Iterable[Row]) -> Verification:
    """Recompute each leaf's hash and columns, of rows in the order of their numbers, from 1.

    >>> from datetime import UTC, datetime
    >>> from ledger.record import Kind
    >>> record = Record("r1", Kind.ACCESS, datetime(2026, 1, 2, tzinfo=UTC), "auditor", "k1")
    >>> verify([Row.of(2, record, record.leaf())]).differences
    (Difference(seq=1, id=None, words='1 missing before record 2'),)
    """
    differences: list[Difference] = []
    checked, expected = 0, 1
    for row in rows:
        if row.seq > expected:
            differences.append(
                Difference(expected, None, f"{row.seq - expected} missing before record {row.seq}")
            )
        words = _words(row)
        if words:
            differences.append(Difference(row.seq, row.id, words))
        checked, expected = checked + 1, row.seq + 1
    return Verification(checked, tuple(differences))


def _words(row: Row) -> str:
    if leaf_hash(row.leaf) != row.leaf_hash:
        return "the leaf does not have the hash that was recorded"
    try:
        record = Record.parse(row.leaf)
        if record.leaf() != row.leaf:
            return "the leaf is not in canonical form"
    except RecordError:
        return "the leaf is no record"
    said = Row.of(row.seq, record, row.leaf, row.receipt)
    other = [name for name in Row.__dataclass_fields__ if getattr(row, name) != getattr(said, name)]
    return f"other than the leaf says: {', '.join(other)}" if other else ""
