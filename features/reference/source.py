"""Where the rows of a table come from, so that an explanation can name it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.reference.row_numbers import MISSING

_BITS = 52


@dataclass(frozen=True)
class Source:
    """Who says so and under what terms, and when it was fetched.

    >>> fetched = datetime(2024, 1, 2, tzinfo=UTC)
    >>> Source("gazette", "free", fetched).number == Source("gazette", "free", fetched).number
    True
    """

    name: str
    licence: str
    retrieved_at: datetime

    @property
    def number(self) -> int:
        """The number by which values refer to it: a digest, the same in every table and on every day."""
        said = json.dumps([self.name, self.licence, self.retrieved_at.astimezone(UTC).isoformat()])
        return int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "little") >> (64 - _BITS)


Sources = Mapping[int, Source]
"""Sources by their numbers."""

NO_SOURCES: Sources = {}


def sources_of(frame: pl.DataFrame) -> tuple[dict[int, Source], NDArray[np.int64]]:
    """Give the distinct sources of a table by their numbers, and the number of each row's, (n + 1,).

    The last number is that of no row, so that the row number -1 picks it.
    """
    distinct = frame.select(_COLUMNS).unique().sort(_COLUMNS)
    sources = [Source(*row) for row in distinct.rows()]
    numbered = distinct.with_columns(pl.Series("number", [one.number for one in sources], pl.Int64))
    numbers = frame.select(_COLUMNS).join(numbered, on=_COLUMNS, how="left", maintain_order="left")["number"]
    return {one.number: one for one in sources}, np.append(numbers.to_numpy(), MISSING)


def sources_to_json(sources: Sources) -> dict[str, list[str]]:
    """Give sources as JSON values, in the order of their numbers."""
    return {
        str(number): [one.name, one.licence, one.retrieved_at.astimezone(UTC).isoformat()]
        for number, one in sorted(sources.items())
    }


def sources_from_json(values: Mapping[str, list[str]]) -> dict[int, Source]:
    """Give sources back.

    >>> one = Source("gazette", "free", datetime(2024, 1, 2, tzinfo=UTC))
    >>> sources_from_json(sources_to_json({one.number: one})) == {one.number: one}
    True
    """
    return {
        int(number): Source(name, licence, datetime.fromisoformat(fetched))
        for number, (name, licence, fetched) in values.items()
    }


_COLUMNS = ["source", "licence", "retrieved_at"]
