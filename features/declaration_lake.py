"""What is needed of a lake to learn from it and to make its history, and frames that give the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl


class DeclarationLake(Protocol):
    """Canonical items by customs_date in [since, until), and outcomes; all versions of both."""

    def items(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """Give the items of some days, of all without them."""

    def outcomes(self) -> pl.LazyFrame:
        """Give the outcomes with their local `known_date`."""


@dataclass(frozen=True)
class Frames:
    """Items and outcomes as frames; without outcomes there are none."""

    item_frame: pl.LazyFrame
    outcome_frame: pl.LazyFrame | None = None

    def items(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """Give the items of some days, of all without them."""
        frame = self.item_frame
        if since is not None:
            frame = frame.filter(pl.col("customs_date") >= since)
        return frame if until is None else frame.filter(pl.col("customs_date") < until)

    def outcomes(self) -> pl.LazyFrame:
        """Give the outcomes."""
        return pl.LazyFrame(schema=_OUTCOMES) if self.outcome_frame is None else self.outcome_frame


_OUTCOMES = {
    "declaration_id": pl.String,
    "item_no": pl.Int64,
    "version": pl.Int64,
    "withdrawn": pl.Float64,
    "illicit": pl.Float64,
    "finding": pl.String,
    "known_date": pl.Date,
}
