"""Values of a file, a column at a time: what `features.values` does for one value, for a whole chunk.

A column comes as text (CSV) or typed (Parquet). Both give the array that `Columns` holds and the rows that
could not be read.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import Field, Kind
from features.columns import Unreadable, column_of, is_text, key_number
from features.errors import UnreadableFileError
from features.local_time import NO_INSTANT
from features.values import (
    COUNTRIES,
    LARGEST_INTEGER,
    MISSING,
    NOT_FINITE,
    UNREADABLE,
    WHITESPACE,
    ReadError,
    instant_of_text,
    midnight_of_day,
)

Column: TypeAlias = tuple[NDArray[Any], list[Unreadable]]

_EARLIEST = pl.datetime(1900, 1, 1, time_zone="UTC", time_unit="us")
_LATEST = pl.datetime(2200, 1, 1, time_zone="UTC", time_unit="us")
_USUAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][+-][0-1][0-9]:[0-5][0-9]$"
_FLAGS = {"1": 1.0, "1.0": 1.0, "true": 1.0, "0": 0.0, "0.0": 0.0, "false": 0.0}


def raw_column(series: pl.Series | None, field: Field, time_zone: str, rows: int) -> Column:
    """The array of a field, and what in it could not be read; all missing where the file has no such column.

    Raises UnreadableFileError for a type that can never hold the field, such as a goods code as integer.

    >>> from customs.declaration import FIELD
    >>> raw_column(pl.Series(["1.5", " NA", "x"]), FIELD["net_kg"], "America/Lima", 3)
    (array([1.5, nan, nan]), [Unreadable(row=2, field='net_kg', value='x', rule='unreadable_value')])
    """
    if series is None or series.dtype == pl.Null:
        missing: Any = None if is_text(field) else NO_INSTANT if field.kind is Kind.INSTANT else np.nan
        return column_of([missing] * rows, field), []
    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    if is_text(field):
        return _texts(_as_text(series, field), field)
    if field.kind is Kind.INSTANT:
        return _instants(series, field, time_zone)
    return _numbers(series, field)


def stripped(series: pl.Series, name: str) -> pl.Series:
    """Texts without surrounding white space, null where missing."""
    text = series.str.strip_chars(WHITESPACE)
    markers = [marker for marker in MISSING if marker != "NA" or name not in COUNTRIES]
    return text.set(text.is_in(markers), None)


def _as_text(series: pl.Series, field: Field) -> pl.Series:
    if series.dtype == pl.String:
        return series
    if series.dtype.is_integer() and not field.name.endswith("hs_code"):
        return series.cast(pl.String)
    raise _wrong_type(series, field, "write it as text, goods codes with their leading zeros")


def _texts(series: pl.Series, field: Field) -> Column:
    text = stripped(series, field.name)
    bad = text.str.contains("\0", literal=True).fill_null(value=False)
    if not bad.any():
        return column_of(text.to_list(), field), []
    return column_of(text.set(bad, None).to_list(), field), _faults(series, bad, field, UNREADABLE)


def _instants(series: pl.Series, field: Field, time_zone: str) -> Column:
    if series.dtype == pl.String:
        return _instants_of_text(series, field, time_zone)
    if series.dtype == pl.Date:
        days = {day: _midnight(day, time_zone) for day in series.unique().to_list()}
        values = np.array([days[day] for day in series.to_list()], np.int64)
        bad = series.is_not_null() & pl.Series(values == NO_INSTANT)
        return values, _faults(series, bad, field, UNREADABLE)
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone:
        moments = series.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
        inside = _within(moments)
        unreadable = _faults(series, moments.is_not_null() & ~inside, field, UNREADABLE)
        instants = moments.set(~inside, None).to_physical().fill_null(NO_INSTANT)
        return instants.to_numpy(), unreadable
    raise _wrong_type(series, field, "write timestamps with a time zone, or dates for local midnight")


def _instants_of_text(series: pl.Series, field: Field, time_zone: str) -> Column:
    """The usual form goes through polars; any other, and what it cannot read, a distinct text at a time."""
    texts = stripped(series, field.name)
    usual = texts.set(~texts.str.contains(_USUAL).fill_null(value=False), None)
    moments = usual.str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_zone="UTC", time_unit="us", strict=False)
    values = moments.set(~_within(moments), None).to_physical().fill_null(NO_INSTANT).to_numpy(writable=True)
    left = pl.select(texts.is_not_null() & pl.Series(values == NO_INSTANT)).to_series().arg_true()
    read: dict[str, int | ReadError] = {}
    unreadable = []
    for row, text in zip(left.to_list(), texts.gather(left).to_list(), strict=True):
        instant = read.get(text)
        if instant is None:
            instant = read[text] = _instant(text, time_zone)
        if isinstance(instant, ReadError):
            unreadable.append(Unreadable(row, field.name, text[:200], instant.rule))
        else:
            values[row] = instant
    return values, unreadable


def _within(moments: pl.Series) -> pl.Series:
    """True for moments in the years of trade."""
    return pl.select(moments.is_between(_EARLIEST, _LATEST, closed="left").fill_null(value=False)).to_series()


def _instant(text: str, time_zone: str) -> int | ReadError:
    try:
        return instant_of_text(text, time_zone)
    except ReadError as error:
        return error


def _midnight(day: Any, time_zone: str) -> int:
    try:
        return NO_INSTANT if day is None else midnight_of_day(day, time_zone)
    except ReadError:
        return NO_INSTANT


def _numbers(series: pl.Series, field: Field) -> Column:
    if series.dtype == pl.String:
        text = stripped(series, field.name)
        numbers = _flags(text) if field.kind is Kind.FLAG else text.cast(pl.Float64, strict=False)
        unread = text.is_not_null() & numbers.is_null()
    elif series.dtype.is_numeric() or (series.dtype == pl.Boolean and field.kind is Kind.FLAG):
        numbers = series.cast(pl.Float64)
        unread = numbers.is_null() & series.is_not_null()
    else:
        raise _wrong_type(series, field, "write it as a number")
    infinite = (numbers.is_nan() | numbers.is_infinite()).fill_null(value=False)
    unread = unread | (~infinite & _misfits(numbers, field))
    unreadable = _faults(series, unread, field, UNREADABLE) + _faults(series, infinite, field, NOT_FINITE)
    values = numbers.set(unread | infinite, None).fill_null(np.nan).to_numpy()
    return (key_number(values, field.name) if field.name in ("item_no", "version") else values), unreadable


def _flags(text: pl.Series) -> pl.Series:
    return text.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Float64)


def _misfits(numbers: pl.Series, field: Field) -> pl.Series:
    if field.kind is Kind.INTEGER:
        return ((numbers != numbers.floor()) | (numbers.abs() > LARGEST_INTEGER)).fill_null(value=False)
    if field.kind is Kind.FLAG:
        return (~numbers.is_in([0.0, 1.0])).fill_null(value=False)
    return pl.Series([False]).new_from_index(0, len(numbers))


def _faults(series: pl.Series, bad: pl.Series, field: Field, rule: str) -> list[Unreadable]:
    rows = bad.arg_true().to_list()
    return [Unreadable(row, field.name, str(series[row])[:200], rule) for row in rows]


def _wrong_type(series: pl.Series, field: Field, remedy: str) -> UnreadableFileError:
    return UnreadableFileError(f"column '{field.name}' is of type {series.dtype}", remedy=remedy)
