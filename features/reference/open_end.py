"""The end of validity that stands for none: a valid_to beyond the years of trade, as 9999-12-31."""

from __future__ import annotations

import polars as pl

from features.local_time import LAST_YEAR

_NAME = "valid_to"
_DAY = (
    r"^\s*(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?(?:\d{2})?)?)?\s*$"
)


def open_ended(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the frame of a file without the ends of validity that are so late that they mean "for ever".

    >>> file = pl.DataFrame({"valid_to": ["9999-12-31", "2024-06-30", "2500-13-01"]})
    >>> open_ended(file)["valid_to"].to_list()
    [None, '2024-06-30', '2500-13-01']
    """
    if _NAME not in frame.columns:
        return frame
    day = _days(frame[_NAME])
    if day is None:
        return frame
    for_ever = (day.dt.year() > LAST_YEAR).fill_null(value=False)
    return frame.with_columns(frame[_NAME].set(for_ever, None))


def _days(values: pl.Series) -> pl.Series | None:
    """The days, null where none can be read; None for a column that can hold none."""
    if values.dtype == pl.String:
        return values.str.extract(_DAY).str.to_date("%Y-%m-%d", strict=False)
    return values if isinstance(values.dtype, pl.Date | pl.Datetime) else None
