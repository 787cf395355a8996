"""Something found in a reference table, with the first rows it was found in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from features.reference.kind import Privacy, ReferenceKind

FIRST = 5
"""So many rows are named in a finding."""


@dataclass(frozen=True)
class Example:
    """A row at fault: its number in the table, from 1 in the order in which rows became known; its days.

    `key` says what it speaks of, None for any; it is empty where a part of the key is personal.
    """

    row: int
    key: Mapping[str, str | None]
    valid_from: date
    known_from: datetime

    @property
    def words(self) -> str:
        """The row in a few words: by its key, or by its number.

        >>> from datetime import UTC
        >>> Example(3, {"hs_code": "6109", "origin": None}, date(2024, 1, 1), datetime.now(UTC)).words
        '6109 any, valid from 2024-01-01'
        """
        if self.key:
            return f"{' '.join(part or 'any' for part in self.key.values())}, valid from {self.valid_from}"
        return f"row {self.row:,}: valid from {self.valid_from}, known from {self.known_from:%Y-%m-%d}"

    def to_json(self) -> dict[str, Any]:
        """The row for one JSON object."""
        days = {"valid_from": self.valid_from.isoformat(), "known_from": self.known_from.isoformat()}
        return {"row": self.row, "key": dict(self.key), **days}


@dataclass(frozen=True)
class Finding:
    """Something found in a table: level E is wrong, W doubtful.

    `rows` is how many it was found in, `examples` are the first of them.
    """

    kind: str
    level: str
    check: str
    rows: int
    meaning: str
    remedy: str
    examples: tuple[Example, ...]

    def to_json(self) -> dict[str, Any]:
        """The finding for one JSON object."""
        return asdict(self) | {"examples": [one.to_json() for one in self.examples]}


def examples_of(kind: ReferenceKind, rows: pl.DataFrame) -> tuple[Example, ...]:
    """Give the first of the rows as examples; `rows` are of a table, with the column `number`."""
    parts = (*kind.key, *kind.apart)
    shown = [one.name for one in parts] if all(one.privacy is Privacy.OPEN for one in parts) else []
    return tuple(
        Example(row["number"], {name: row[name] for name in shown}, row["valid_from"], row["known_from"])
        for row in rows.head(FIRST).rows(named=True)
    )
