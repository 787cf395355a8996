"""Outcomes as named NumPy arrays, the twin of `features.columns` for what inspections found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from customs.outcome import OUTCOME_FIELDS
from features.columns import Columns, Reading, polars_type, read_columns, to_series
from features.local_time import NO_INSTANT, local_days
from features.record_layout import Layout, layout_of

OUTCOME_SCHEMA: dict[str, Any] = {field.name: polars_type(field) for field in OUTCOME_FIELDS} | {
    "known_date": pl.Date
}
"""Names and types of the canonical frame of outcomes."""


def outcomes_from_records(items: Sequence[object], *, time_zone: str = "America/Lima") -> Reading:
    """Columns of parsed JSON outcomes, one row an outcome; as `from_records` for items.

    >>> reading = outcomes_from_records([{"declaration_id": "D1", "item_no": 1, "illicit": 1, "finding": 3}])
    >>> reading.columns["illicit"].tolist(), [fault.field for fault in reading.unreadable]
    ([1.0], ['finding'])
    """
    reading = read_columns(items, _layout(time_zone))
    return Reading(complete_outcomes(reading.columns, time_zone), reading.unreadable, reading.unknown)


@lru_cache(maxsize=16)
def _layout(time_zone: str) -> Layout:
    return layout_of(OUTCOME_FIELDS, time_zone)


def complete_outcomes(columns: Columns, time_zone: str) -> Columns:
    """The columns with defaults (version 1, not withdrawn, known_at = result_at) and known_date filled in."""
    known = np.where(columns["known_at"] == NO_INSTANT, columns["result_at"], columns["known_at"])
    return columns | {
        "withdrawn": np.nan_to_num(columns["withdrawn"]),
        "known_at": known,
        "known_date": local_days(known, time_zone),
    }


def outcomes_to_frame(columns: Columns) -> pl.DataFrame:
    """The canonical frame: String, Int64 item_no and version, Float64, Datetime us UTC, Date known_date."""
    return pl.DataFrame([to_series(name, columns[name], dtype) for name, dtype in OUTCOME_SCHEMA.items()])
