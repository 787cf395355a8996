"""Records to test with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger.record import Kind, Record

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def some_record(
    number: int, *, kind: Kind = Kind.DECISION, key: str | None = None, size: int = 100
) -> Record:
    """The record with this number: the same bytes whenever it is made."""
    return Record(
        id=f"r{number}",
        kind=kind,
        recorded_at=START + timedelta(seconds=number),
        client="clearance",
        key=key or f"k{number}",
        about=f"d{number % 3}",
        public={"number": number, "p_physical": 0.01, "text": "x" * size},
    )
