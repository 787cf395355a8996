"""A feature: its function, and all that others need to know of it. Its inputs, with what several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, Values, text_lengths
from features.definitions.code_values import CODED, code_numbers, numberings
from features.history.entities import ENTITY
from features.history.parts import PARTS
from features.reference.row_numbers import MISSING

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Shared = TypeVar("Shared")


@dataclass(frozen=True)
class Inputs:
    """What a feature function may read.

    `columns` are items that carry the totals of their declarations (`features.definitions.declaration`),
    each item once; `history` the history and reference values as of each row's day; `strengths` say
    how many outcomes the prior weighs, by entity and finding; `vocabularies` give the number of each code
    that is told apart, by category: NaN for None.
    """

    columns: Columns
    history: Values
    strengths: Mapping[str, float]
    vocabularies: Mapping[str, Mapping[Any, float]]
    _made: dict[Callable[..., Any], Any] = field(default_factory=dict)
    _missing: dict[str, Mask] = field(default_factory=dict)

    def number(self, name: str) -> Floats:
        """Give a numeric field, NaN where it is missing."""
        return cast("Floats", self.columns[name])

    def count(self, name: str) -> Integers:
        """Give a history value."""
        return cast("Integers", self.history[name])

    def counts(self, names: tuple[str, ...]) -> Integers:
        """Give several history values, one line each.

        Short arrays are joined many times faster than `np.array` looks into a list of them.
        """
        joined = np.concatenate([self.history[name] for name in names])
        return cast("Integers", joined.reshape(len(names), -1))

    def known(self, name: str) -> Floats:
        """Give a reference value, NaN where the table says nothing."""
        values = self.history[name]
        return np.where(values == MISSING, np.nan, values)

    def once(self, make: Callable[[Inputs], Shared]) -> Shared:
        """Give what `make` makes of these inputs, made once for all features that ask for it."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("Shared", self._made[make])

    def code(self, name: str) -> Floats:
        """Give the number of each row's code in the vocabulary of a category."""
        return self.once(_codes)[name]

    def differ(self, one: str, other: str) -> Mask:
        """Give True where two texts are not the same."""
        return cast("Mask", self.columns[one] != self.columns[other])

    def length(self, name: str) -> Floats:
        """Give the number of letters of a text, NaN where it is missing."""
        return text_lengths(self.columns[name])

    def missing(self, name: str) -> Mask:
        """Give True where a field is missing."""
        if name not in self._missing:
            values = self.columns[name]
            missing = values == None if values.dtype == object else np.isnan(values)  # noqa: E711
            self._missing[name] = np.asarray(missing, np.bool_)
        return self._missing[name]

    def absent(self, entities: Sequence[str]) -> Mask:
        """Give True where a field of the entity's key is missing, one line an entity."""
        return self._absent[_places(tuple(entities))]

    @cached_property
    def _absent(self) -> Mask:
        missing = np.concatenate([self.missing(name) for name in _FIELDS]).reshape(len(_FIELDS), -1)
        return cast("Mask", missing[_FIELDS_OF_KEYS].any(axis=1))


def _codes(inputs: Inputs) -> dict[str, Floats]:
    numbers = code_numbers(inputs.columns, numberings(inputs.vocabularies, CODED))
    return dict(zip(CODED, numbers.reshape(len(CODED), -1), strict=True))


_KEYS = {name: [PARTS[part] for part in entity.parts] for name, entity in ENTITY.items() if entity.parts}
_FIELDS = tuple(dict.fromkeys(field for fields in _KEYS.values() for field in fields))
_MOST_PARTS = max(map(len, _KEYS.values()))
_FIELDS_OF_KEYS = np.array(
    [
        [_FIELDS.index(fields[min(part, len(fields) - 1)]) for part in range(_MOST_PARTS)]
        for fields in _KEYS.values()
    ]
)
"""Places in `_FIELDS` of the fields of each key, its last one over and over where it has fewer."""


@cache
def _places(entities: tuple[str, ...]) -> NDArray[np.intp]:
    places = {entity: place for place, entity in enumerate(_KEYS)}
    return np.array([places[entity] for entity in entities], np.intp)


Function = Callable[[Inputs], NDArray[Any]]


@dataclass(frozen=True)
class Feature:
    """One column of the matrix.

    `group` is the reason code that it speaks under, `fields` the declared fields that it speaks of.
    `value_model` says that the value model may see it: nothing of own money but freight, and no parties.
    `categorical` columns hold numbers of codes: 0 rare or unseen, NaN missing. `unit` is for the data
    dictionary, which knows those of flags and codes without being told. `direction` is 1 where the trade
    knows that risk rises with it, -1 where it falls: training may hold a model to that.
    """

    name: str
    group: str
    fields: tuple[str, ...]
    meaning: str
    function: Function
    value_model: bool = False
    categorical: bool = False
    unit: str = ""
    direction: int = 0
