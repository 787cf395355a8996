"""Columns of the frames: their types, instants, and texts by number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from customs.declaration import Field, Kind
from simulation.commodities import COMMODITIES
from simulation.lines import Floats, Ints

US_PER_DAY = 86_400_000_000
UTC_OFFSET_DAYS = 5 / 24
"""Local midnight (America/Lima, no summer time) is five hours past midnight UTC."""


def frame_types(fields: Iterable[Field]) -> dict[str, pl.DataType]:
    """Types of canonical columns in a frame.

    >>> from customs.outcome import OUTCOME_FIELDS
    >>> frame_types(OUTCOME_FIELDS)["illicit"]
    Float64
    """
    return {field.name: _type(field) for field in fields}


def _type(field: Field) -> pl.DataType:
    if field.kind is Kind.INSTANT:
        return pl.Datetime("us", "UTC")
    if field.kind in (Kind.TEXT, Kind.CODE):
        return pl.String()
    return pl.Int64() if field.name in ("item_no", "version") else pl.Float64()


def instant(epoch_day: int, day: Floats) -> Ints:
    """Microseconds since 1970 UTC of a local day (fractions count) of the world."""
    return ((epoch_day + day + UTC_OFFSET_DAYS) * 86_400).astype(np.int64) * 1_000_000


def text(names: Sequence[str], numbers: Ints) -> pl.Series:
    """Texts by number, null for -1."""
    table = pl.Series([*names, None], dtype=pl.String)
    return table[np.where(numbers < 0, len(names), numbers)]


def national_codes() -> list[str]:
    """Codes of ten digits: three of the administration for each HS6 code, in its order."""
    return [code.code + tail for code in COMMODITIES for tail in ("0000", "1000", "9000")]
