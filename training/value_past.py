"""What is known of the unit values of a row that they were made of: without it, or without all of its goods.

A row that looked itself up would find its own value there, and a model would learn to repeat it. So each row
that teaches is shown what is known without its own part of the rows; and some a second time, without anything
of their subheading or heading, as goods come that were never seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from scoring.goods_keys import keyed
from scoring.known_values import kept, units_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Past:
    """Rows with their keys and values, of which those that `teach` are what is known."""

    def __init__(self, columns: Columns, log_unit_value: Floats, teach: NDArray[np.bool_]) -> None:
        self.places = {level.name: numbered(keys) for level, keys in keyed(columns)}
        units = units_of(np.where(teach, log_unit_value, 0.0))
        measures = (np.ones_like(units), units, units * units)
        self._measures = tuple(np.where(teach, one, 0).astype(np.float64) for one in measures)

    def without(self, label: Integers) -> Integers:
        """Give what is known of each row's keys (levels, 3, rows) without the rows of the same label."""
        sums = [[_left(place, label, one) for one in self._measures] for place in self.places.values()]
        return kept(np.array(sums, dtype=np.int64))

    def without_goods(self, level: str) -> Integers:
        """Give the same without all rows of the row's own goods at a level: as if these were never seen."""
        return self.without(self.places[level])


def numbered(keys: Iterable[Any]) -> Integers:
    """Give the number of each key from 1, in order of first appearance; 0 where it is missing.

    >>> numbered(["b", None, "a", "b"]).tolist()
    [1, 0, 2, 1]
    """
    numbers: dict[Any, int] = {None: 0}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _left(place: Integers, label: Integers, measure: Floats) -> Integers:
    """Give the sums of each row's key, less those of its own label; nothing where the key is missing."""
    _, pair = np.unique(place * (int(label.max()) + 1) + label, return_inverse=True)
    known = np.bincount(place, measure)[place] - np.bincount(pair, measure)[pair]
    return np.where(place > 0, known, 0.0).astype(np.int64)
