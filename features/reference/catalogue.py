"""What reference tables there are: one line a kind and source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from features.reference.kinds import KINDS
from features.reference.store import ReferenceStore


@dataclass(frozen=True)
class Entry:
    """The rows of a kind that come from one source.

    `valid` and `known` are the ranges of valid_from and of the dates the rows became known; `retrieved_at` is
    the newest; `age_days` counts from the newest known date. A `stale` table was not refreshed in its time.
    """

    kind: str
    source: str
    licence: str
    rows: int
    valid: tuple[date, date]
    known: tuple[date, date]
    retrieved_at: datetime
    age_days: int
    stale: bool

    def to_json(self) -> dict[str, Any]:
        """The entry for one JSON object."""
        return asdict(self) | {
            "valid": [day.isoformat() for day in self.valid],
            "known": [day.isoformat() for day in self.known],
            "retrieved_at": self.retrieved_at.isoformat(),
        }


def catalogue(store: ReferenceStore, today: date) -> tuple[Entry, ...]:
    """Give an entry for each kind and source of a store, in the order of the kinds.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> catalogue(ReferenceStore(Path(mkdtemp())), date(2024, 1, 1))
    ()
    """
    found = []
    for kind in KINDS:
        rows = store.rows(kind)
        for row in (
            rows.group_by("source", "licence").agg(_FIGURES).sort("source", "licence").rows(named=True)
        ):
            age = (today - row["known_last"]).days
            valid, known = (row["valid_first"], row["valid_last"]), (row["known_first"], row["known_last"])
            said = row["source"], row["licence"], row["rows"]
            stale = age > kind.refreshed_days
            found.append(Entry(kind.name, *said, valid, known, row["retrieved_at"], age, stale))
    return tuple(found)


_FIGURES = (
    pl.len().alias("rows"),
    pl.col("valid_from").min().alias("valid_first"),
    pl.col("valid_from").max().alias("valid_last"),
    pl.col("known_date").min().alias("known_first"),
    pl.col("known_date").max().alias("known_last"),
    pl.col("retrieved_at").max(),
)
