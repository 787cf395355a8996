"""The frame of a reference table: its columns and their types, and rows made into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from customs.declaration import Kind
from features.columns import is_text
from features.reference.kind import Column, ReferenceKind

KNOWN_DATE = "known_date"
"""Local date of known_from, derived when a row is taken in."""


@cache
def schema_of(kind: ReferenceKind) -> dict[str, Any]:
    """Names and types of the frame of a kind: String, Float64, Date, Datetime us UTC.

    >>> from features.reference.kinds import KIND
    >>> list(schema_of(KIND["exchange_rates"]))[:3]
    ['currency', 'rate', 'valid_from']
    """
    return {column.name: _type(column) for column in kind.columns} | {KNOWN_DATE: pl.Date()}


def frame_of(kind: ReferenceKind, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Give rows of Python values as the frame of a kind; `known_date`, where not given, is that of UTC."""
    frame = pl.DataFrame(
        [{name: row.get(name) for name in schema_of(kind)} for row in rows], schema=schema_of(kind)
    )
    retrieved = pl.coalesce("retrieved_at", "known_from")
    return frame.with_columns(
        pl.coalesce(KNOWN_DATE, pl.col("known_from").dt.date()).alias(KNOWN_DATE),
        retrieved.alias("retrieved_at"),
    )


def _type(column: Column) -> Any:
    if is_text(column):
        return pl.String()
    if column.day:
        return pl.Date()
    return pl.Datetime("us", "UTC") if column.kind is Kind.INSTANT else pl.Float64()
