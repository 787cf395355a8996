"""One row of named arrays, and its values as plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np

from features.columns import Columns, Values, rows, take
from features.definitions.declaration import totals
from features.definitions.logarithm import LOG_UNIT
from features.history.entities import ENTITY
from features.history.parts import PARTS
from features.local_time import date_of
from features.reference.row_numbers import MISSING
from features.reference.source import Sources

Made = TypeVar("Made")
Parameters: TypeAlias = dict[str, float | int | str | None]
"""The figures behind a reason, by name."""


def one_row(columns: Values, row: int) -> Columns:
    """Give the named arrays with one row only.

    >>> one_row({"cif": np.array([1.0, 2.0])}, 1)
    {'cif': array([2.])}
    """
    return take(columns, slice(row, row + 1))


def rows_of(columns: Columns, history: Values, sources: Sources) -> list[Row]:
    """Give every item of whole declarations, to be asked much: all of them read the same plain lists."""
    listed: Any = _Listed(columns | totals(columns).carried)
    known: Any = _Listed(history)
    once: dict[Callable[[Row], Any], Any] = {}
    return [Row(listed, known, row, sources, _once=once) for row in range(rows(columns))]


@dataclass(frozen=True)
class Row:
    """One item of whole declarations, with its history and reference values; a missing value is None."""

    columns: Columns
    history: Values
    row: int
    sources: Sources = field(default_factory=dict)
    _declared: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)
    _once: dict[Callable[[Row], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, make: Callable[[Row], Made]) -> Made:
        """Give what `make` makes of the arrays, made once for all rows of `rows_of`."""
        if make not in self._once:
            self._once[make] = make(self)
        return cast("Made", self._once[make])

    def number(self, field: str) -> float | None:
        """Give a numeric field."""
        value = float(self.columns[field][self.row])
        return None if math.isnan(value) else value

    def text(self, field: str) -> str | None:
        """Give a text field."""
        value = self.columns[field][self.row]
        return None if value is None else str(value)

    def count(self, name: str) -> int:
        """Give a history value."""
        return int(self.history[name][self.row])

    def declared(self, entity: str) -> bool:
        """Tell whether every field of an entity's key is declared."""
        if entity not in self._declared:
            values = [self.columns[PARTS[part]][self.row] for part in ENTITY[entity].parts]
            absent = any(value is None or value != value for value in values)  # noqa: PLR0124
            self._declared[entity] = not absent
        return self._declared[entity]

    def count_of(self, entity: str, name: str) -> int | None:
        """Give a history value of an entity; None where its key is not declared."""
        return self.count(f"{entity}.{name}") if self.declared(entity) else None

    def share(self, entity: str, whole: str) -> float | None:
        """Give the items of an entity in percent of those of another."""
        return percent(self.count_of(entity, "items"), self.count_of(whole, "items"))

    @property
    def subheading(self) -> str | None:
        """The first six digits of the code."""
        code = self.text("hs_code")
        return None if code is None else code[:6]

    def told(self, name: str) -> int | None:
        """Give a reference value."""
        value = self.count(name)
        return None if value == MISSING else value

    def source(self, kind: str) -> dict[str, str | None]:
        """Give who says what a reference table tells of the item, under what terms, and since when.

        Days are ISO 8601; all is None where no row counts.
        """
        one = self.sources.get(self.told(f"{kind}.source") or 0)
        days = {name: self.told(f"{kind}.{name}") for name in ("valid_from", "known_on")}
        return {
            "source": one.name if one else None,
            "licence": one.licence if one else None,
            "retrieved_on": one.retrieved_at.date().isoformat() if one else None,
            **{name: None if day is None else date_of(day).isoformat() for name, day in days.items()},
        }

    def mean(self, name: str, least: int) -> float | None:
        """Give the mean of a measure that is summed in units of 1 / LOG_UNIT, if of enough items."""
        count = self.count(f"{name}_n")
        return self.count(f"{name}_sum") / count / LOG_UNIT if count >= least else None

    def days_since(self, name: str) -> int | None:
        """Give the days from a day of the history to the item's customs_date; None for never."""
        day = self.count(name)
        return None if day < 0 else int(np.int64(self.columns["customs_date"][self.row]) - day)


class _Listed(Mapping[str, "list[Any]"]):
    """Named arrays as plain lists, each made when it is first asked for."""

    def __init__(self, arrays: Values) -> None:
        self._arrays = arrays
        self._lists: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        found = self._lists.get(name)
        if found is None:
            found = self._lists[name] = self._arrays[name].tolist()
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def percent(part: float | None, whole: float | None) -> float | None:
    """Give part over whole in percent, to a tenth; None where either is missing or the whole is nothing.

    >>> percent(1, 8), percent(1, 0)
    (12.5, None)
    """
    return round(100 * part / whole, 1) if part is not None and whole else None
