"""Columns: the canonical declaration items as named NumPy arrays, the one form that every function takes.

`Columns` holds every field of `customs.declaration.FIELDS` and four derived names, all of one length n:

- TEXT and CODE fields: object arrays of `str | None`;
- `item_no`, `version`: int64; other INTEGER, NUMBER and FLAG fields: float64, a missing value is NaN;
- INSTANT fields (`accepted_at`, `known_at`): int64 microseconds since 1970-01-01 UTC;
- `customs_date`, `known_date`: int32 days since 1970-01-01, local dates of accepted_at and known_at;
- `warnings`: uint64, bit i set where `features.validation.WARNINGS[i]` was found.

How a request becomes columns (the file road does the same chunk by chunk):

    reading = from_records(items, time_zone=settings.time_zone)
    reading.unknown     # names of fields that the contract does not know: refuse the request
    verdict = validate(reading.columns, settings, now, unreadable=reading.unreadable)

`from_records` never raises for what is in an item. A value of a wrong type (text for a number, a boolean for
a number, a number for text, a nested object, half a surrogate pair, NaN, no offset) becomes missing in the
columns and an `Unreadable(row, field, value, rule)` in `reading.unreadable`; an item that is no object
has field "". `validate` turns each into a breach that refuses its row. A missing item_no stands as
`NO_INTEGER`, a missing instant as `local_time.NO_INSTANT`, its day as `local_time.NO_DAY`: only in rows that
are refused. Defaults are filled in: version 1, known_at = accepted_at, hs_edition by customs_date. An
amendment's customs_date is that of version 1: the lake sets it; a service that knows it assigns
`columns["customs_date"]`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import FIELDS, Field, Kind
from features.codes.hs import edition_in_force
from features.local_time import NO_DAY, NO_INSTANT, local_days
from features.record_layout import KEY_NUMBERS, NO_INTEGER, Layout, is_text, layout_of, nothing
from features.values import MALFORMED, ReadError

__all__ = [
    "DERIVED",
    "KEY_NUMBERS",
    "NAMES",
    "NO_INTEGER",
    "SCHEMA",
    "Columns",
    "Reading",
    "Unreadable",
    "Values",
    "column_of",
    "complete",
    "from_frame",
    "from_records",
    "is_text",
    "key_number",
    "missing_text",
    "nothing",
    "polars_type",
    "read_columns",
    "rows",
    "take",
    "text_lengths",
    "to_frame",
    "to_series",
]

Columns: TypeAlias = dict[str, NDArray[Any]]
Values: TypeAlias = Mapping[str, NDArray[Any]]

DERIVED: tuple[str, ...] = ("customs_date", "known_date", "warnings")
NAMES: tuple[str, ...] = (*(field.name for field in FIELDS), *DERIVED)
"""All names of Columns, in the order of the canonical frame."""

_DERIVED_TYPES: dict[str, Any] = {"customs_date": pl.Date, "known_date": pl.Date, "warnings": pl.UInt64}
_NOTHING = np.array(None, dtype=object)


@dataclass(frozen=True)
class Unreadable:
    """A value that could not be read: its row, its field ("" for the whole row), its text and its rule."""

    row: int
    field: str
    value: str
    rule: str


@dataclass(frozen=True)
class Reading:
    """Columns, what in them could not be read, and names of fields that the declaration does not have."""

    columns: Columns
    unreadable: tuple[Unreadable, ...] = ()
    unknown: tuple[str, ...] = ()


def from_records(items: Sequence[object], *, time_zone: str = "America/Lima") -> Reading:
    """Columns of the parsed JSON items of one declaration, one row an item.

    >>> reading = from_records([{"declaration_id": "D1", "item_no": 1, "hs_code": "010129", "cif": "abc"}])
    >>> reading.columns["hs_code"].tolist(), reading.unreadable
    (['010129'], (Unreadable(row=0, field='cif', value='abc', rule='unreadable_value'),))
    """
    reading = read_columns(items, _layout(time_zone))
    return Reading(complete(reading.columns, time_zone), reading.unreadable, reading.unknown)


def from_frame(frame: pl.DataFrame) -> Columns:
    """Columns of a canonical frame (the lake's form): trusted, nothing is checked."""
    return {name: _array(frame[name], name) for name in NAMES}


def to_frame(columns: Columns) -> pl.DataFrame:
    """The canonical frame: String, Int64, Float64, Datetime us UTC, Date, and UInt64 warnings.

    >>> item = {"declaration_id": "D1", "item_no": 1, "accepted_at": "2024-01-02"}
    >>> frame = to_frame(from_records([item]).columns)
    >>> frame["accepted_at"].item().isoformat(), frame["customs_date"].item(), frame["hs_edition"].item()
    ('2024-01-02T05:00:00+00:00', datetime.date(2024, 1, 2), '2022')
    """
    return pl.DataFrame([to_series(name, columns[name], SCHEMA[name]) for name in NAMES])


def take(columns: Values, index: NDArray[Any] | slice) -> Columns:
    """The rows named by an index array, a mask or a slice, of every column."""
    return {name: values[index] for name, values in columns.items()}


def rows(columns: Values) -> int:
    """How many rows there are."""
    return len(next(iter(columns.values())))


def complete(columns: Columns, time_zone: str) -> Columns:
    """The columns with defaults and derived names filled in: what every adapter ends with."""
    accepted, known = columns["accepted_at"], columns["known_at"]
    known = np.where(known == NO_INSTANT, accepted, known)
    customs_date = local_days(accepted, time_zone)
    same = bool((known == accepted).all())
    return columns | {
        "known_at": known,
        "hs_edition": _editions(columns["hs_edition"], customs_date),
        "customs_date": customs_date,
        "known_date": customs_date.copy() if same else local_days(known, time_zone),
        "warnings": np.zeros(len(accepted), np.uint64),
    }


def missing_text(values: NDArray[Any]) -> NDArray[np.bool_]:
    """True where a text column holds nothing."""
    return np.asarray(np.equal(values, _NOTHING), np.bool_)


def text_lengths(values: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers of letters of a text column, NaN where it holds nothing."""
    return np.array([np.nan if text is None else len(text) for text in values.tolist()], np.float64)


def read_columns(items: Sequence[object], layout: Layout) -> Reading:
    """Columns of the fields of a layout, nothing filled in: of items, or of outcomes.

    Each item is passed over once. What could not be read is told by row for items that are no objects, then
    by field and row.
    """
    values = layout.missing * len(items)
    unreadable: list[Unreadable] = []
    unknown: set[str] = set()
    for row, item in enumerate(items):
        if isinstance(item, Mapping):
            unknown.update(map(str, _fill(values, row, item, layout, unreadable)))
        else:
            unreadable.append(Unreadable(row, "", str(item)[:200], MALFORMED))
    if unreadable:
        place = {"": -1} | {name: place for place, name in enumerate(layout.names)}
        unreadable.sort(key=lambda fault: (place[fault.field], fault.row))
    return Reading(layout.columns(values), tuple(unreadable), tuple(sorted(unknown)))


def _fill(
    values: list[Any], row: int, item: Mapping[object, object], layout: Layout, unreadable: list[Unreadable]
) -> list[object]:
    """Put the values of an item in their places; gives the names that the layout does not have."""
    unknown: list[object] = []
    slot_of = layout.slots.get
    first = row * len(layout.missing)
    for name, value in item.items():
        slot = slot_of(name)
        if slot is None:
            unknown.append(name)
        elif value is not None:
            place, read, field = slot
            try:
                values[first + place] = read(value)
            except ReadError as error:
                unreadable.append(Unreadable(row, field, str(value)[:200], error.rule))
    return unknown


def _editions(declared: NDArray[Any], customs_date: NDArray[np.int32]) -> NDArray[Any]:
    if None not in declared.tolist():
        return declared
    return np.where(missing_text(declared), edition_in_force(customs_date), declared)


@lru_cache(maxsize=16)
def _layout(time_zone: str) -> Layout:
    return layout_of(FIELDS, time_zone)


def to_series(name: str, values: NDArray[Any], dtype: Any) -> pl.Series:
    """A column as a series of the canonical frame, NaN as null."""
    if dtype == pl.String:
        return pl.Series(name, values.tolist(), dtype=pl.String)
    if dtype == pl.Float64:
        return pl.Series(name, values, dtype=pl.Float64, nan_to_null=True)
    series = pl.Series(name, values)
    nothing = {pl.Datetime: NO_INSTANT, pl.Date: NO_DAY}.get(dtype.base_type())
    return (series if nothing is None else series.set(series == nothing, None)).cast(dtype)


def column_of(values: Sequence[object], field: Field) -> NDArray[Any]:
    """The array of a field from values read by `features.values`."""
    if is_text(field):
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array
    if field.kind is Kind.INSTANT:
        return np.array(values, np.int64)
    numbers = np.array(values, np.float64)
    return key_number(numbers, field.name) if field.name in KEY_NUMBERS else numbers


def key_number(numbers: NDArray[np.float64], name: str) -> NDArray[np.int64]:
    """int64 of item_no or version: a missing version is 1, a missing item_no NO_INTEGER."""
    missing = np.isnan(numbers)
    return np.where(
        missing, 1 if name == "version" else NO_INTEGER, np.where(missing, 0, numbers).astype(np.int64)
    )


def polars_type(field: Field) -> Any:
    """Type of a field in the canonical frame."""
    if is_text(field):
        return pl.String
    if field.kind is Kind.INSTANT:
        return pl.Datetime("us", "UTC")
    return pl.Int64 if field.name in KEY_NUMBERS else pl.Float64


SCHEMA: dict[str, Any] = {field.name: polars_type(field) for field in FIELDS} | _DERIVED_TYPES
"""Names and types of the canonical frame."""

_TEXTS = frozenset(field.name for field in FIELDS if is_text(field))


def _array(series: pl.Series, name: str) -> NDArray[Any]:
    if name in _TEXTS:
        array = np.empty(len(series), dtype=object)
        array[:] = series.to_list()
        return array
    if series.dtype == pl.Date:
        return series.to_physical().fill_null(NO_DAY).to_numpy()
    if isinstance(series.dtype, pl.Datetime):
        return series.to_physical().fill_null(NO_INSTANT).to_numpy()
    if series.dtype == pl.Float64:
        return series.fill_null(float("nan")).to_numpy()
    return series.to_numpy()
