"""Where the rows of a table come from, so that an explanation can name it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.reference.row_numbers import MISSING


@dataclass(frozen=True)
class Source:
    """Who says so and under what terms; when it was fetched, is valid from, and was known."""

    name: str
    licence: str
    retrieved_at: datetime
    valid_from: date
    known_on: date


_COLUMNS = ["source", "licence", "retrieved_at", "valid_from", "known_date"]


def sources_of(frame: pl.DataFrame) -> tuple[tuple[Source, ...], NDArray[np.int64]]:
    """Give the distinct sources of a table in their order, and the number of each row's, (n + 1,).

    The last number is that of no row, so that the row number -1 picks it. The numbers are those of this
    table as it stands: another row may change them.
    """
    distinct = frame.select(_COLUMNS).unique().sort(_COLUMNS).with_row_index("number")
    numbers = frame.select(_COLUMNS).join(distinct, on=_COLUMNS, how="left", maintain_order="left")["number"]
    return (
        tuple(Source(*row) for row in distinct.select(_COLUMNS).rows()),
        np.append(numbers.cast(pl.Int64).to_numpy(), MISSING),
    )
