"""The layout of records in columns: where the values of a field go, how they are read, what stands for none.

Fields of one type share one array, of which their columns are views: a declaration of one item costs three
arrays instead of one a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.declaration import Field, Kind
from features.local_time import NO_INSTANT
from features.values import Reader, read_integer, reader_of

KEY_NUMBERS: frozenset[str] = frozenset({"item_no", "version"})
"""Whole numbers held as int64, since a row without them is never accepted."""

NO_INTEGER = int(np.iinfo(np.int64).min)
"""Stands in item_no where there is none; no accepted row has it."""

_TYPES = (np.dtype(object), np.dtype(np.float64), np.dtype(np.int64))
_TEXT, _NUMBER, _WHOLE = range(len(_TYPES))


@dataclass(frozen=True)
class Layout:
    """Where in a row of values each field has its place, by name: (place, reader, name).

    Fields of one type stand together: texts, then numbers, then whole numbers, `ends` apart. `missing` is a
    row in which nothing is declared; `names` and `order` give the fields and their places in their own order.
    """

    names: tuple[str, ...]
    slots: Mapping[object, tuple[int, Reader, str]]
    missing: list[Any]
    ends: tuple[int, ...]
    order: tuple[int, ...]

    def columns(self, values: list[Any]) -> dict[str, NDArray[Any]]:
        """The columns, in the order of the fields, of rows of values one after the other.

        >>> from customs.declaration import FIELD
        >>> layout = layout_of((FIELD["item_no"], FIELD["brand"], FIELD["cif"]), "America/Lima")
        >>> layout.columns(["ACME", 5.0, 1, None, 7.5, 2])["cif"].tolist()
        [5.0, 7.5]
        """
        table = np.array(values, object).reshape(-1, len(self.missing)).T
        columns: list[NDArray[Any]] = []
        for start, end, dtype in zip((0, *self.ends), self.ends, _TYPES, strict=False):
            columns += list(table[start:end].astype(dtype, order="C"))
        return dict(zip(self.names, itemgetter(*self.order)(columns), strict=True))


def layout_of(fields: tuple[Field, ...], time_zone: str) -> Layout:
    """The layout of records that have these fields; a bare date is midnight in the time zone."""
    together = sorted(fields, key=_type)
    place = {field.name: place for place, field in enumerate(together)}
    return Layout(
        names=tuple(field.name for field in fields),
        slots={field.name: (place[field.name], _reader(field, time_zone), field.name) for field in fields},
        missing=[nothing(field) for field in together],
        ends=tuple(sum(_type(field) <= each for field in fields) for each in range(len(_TYPES))),
        order=tuple(place[field.name] for field in fields),
    )


def nothing(field: Field) -> Any:
    """What stands in the column of a field where nothing is declared; a missing version is 1."""
    if field.name in KEY_NUMBERS:
        return 1 if field.name == "version" else NO_INTEGER
    if field.kind is Kind.INSTANT:
        return NO_INSTANT
    return None if is_text(field) else np.nan


def is_text(field: Field) -> bool:
    """True for fields held as object arrays of text."""
    return field.kind in (Kind.TEXT, Kind.CODE)


def _type(field: Field) -> int:
    if is_text(field):
        return _TEXT
    return _WHOLE if field.kind is Kind.INSTANT or field.name in KEY_NUMBERS else _NUMBER


def _reader(field: Field, time_zone: str) -> Reader:
    return _read_whole if field.name in KEY_NUMBERS else reader_of(field, time_zone)


def _read_whole(value: object) -> int:
    return int(read_integer(value))
