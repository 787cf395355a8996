"""A table that a person hands over, whatever its kind, as a Polars frame; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import polars as pl

from customs.errors import InputError
from features.adapters.source import open_source

_AT_ONCE = 65_536
_REMEDY = "give a pandas or Polars frame, a list of dicts, or the path of a CSV or Parquet file"


def frame_of(table: Any, name: str) -> pl.DataFrame:
    """Give a table as a Polars frame, nothing checked; InputError calls what is no table by `name`.

    >>> frame_of([{"cif": 1.0}, {"cif": None, "brand": "Acme"}], "items").rows()
    [(1.0, None), (None, 'Acme')]
    """
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, str | Path):
        return _file(Path(table))
    if _is_pandas(table):
        return pl.DataFrame([_series(str(column), table[column], name) for column in table.columns])
    if isinstance(table, Sequence) and all(isinstance(row, dict) for row in table):
        columns = dict.fromkeys(column for row in table for column in row)
        return pl.DataFrame(
            [_series(column, [_plain(row.get(column)) for row in table], name) for column in columns]
        )
    raise InputError(f"{name} is of type {type(table).__name__}", remedy=_REMEDY)


def like(frame: pl.DataFrame, table: Any) -> Any:
    """Give a frame of the kind of the table: pandas with its index for pandas, Polars for all else."""
    if not _is_pandas(table):
        return frame
    return frame.to_pandas().set_axis(table.index, axis=0)


def _is_pandas(table: Any) -> bool:
    """True for a pandas frame, without importing pandas."""
    return type(table).__module__.partition(".")[0] == "pandas" and hasattr(table, "index")


def _series(column: str, values: Any, name: str) -> pl.Series:
    try:
        if isinstance(values, list):
            return pl.Series(column, values)
        series = cast("pl.Series", pl.from_pandas(values))
    except (TypeError, ValueError, pl.exceptions.PolarsError):
        raise InputError(
            f"{name}: column '{column}' holds values of several types", remedy="give it one type"
        ) from None
    return series.alias(column)


def _plain(value: Any) -> Any:
    """A day or an instant as text, which may stand beside text."""
    return value.isoformat() if isinstance(value, date) else value


def _file(path: Path) -> pl.DataFrame:
    batches = list(open_source(path).batches(_AT_ONCE))
    for batch in batches:
        if batch.malformed:
            line = batch.malformed[0].line
            raise InputError(f"{path.name}: line {line} cannot be read", remedy="mend or drop that line")
    return pl.concat([batch.frame for batch in batches])
