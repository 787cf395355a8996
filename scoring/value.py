"""What an item should be worth: an interval of its customs value, from what it is and whence it comes.

The models predict ln(cif / net_kg) and see nothing of the item's own money but the freight. The interval is a
reason to doubt the declared value (WTO Decision 6.1), never a customs value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.columns import Columns
from scoring.booster import Booster
from scoring.conformal import Groups, Offset
from scoring.errors import ScoringError
from scoring.known_values import NAMES, NO_VALUES, KnownValues, known_columns
from scoring.value_groups import ValueGroups

Floats = NDArray[np.float64]

LEVELS: tuple[float, float, float] = (0.05, 0.5, 0.95)
"""Quantiles of the interval: its low end, its middle, its high end."""

DECIMALS = 6
"""Decimals of a value in the valuation currency (see scoring.calibration.DECIMALS)."""

LEAST_WIDTH = 0.1
"""Least ln(high / low) in which offsets are measured, lest goods of one price be moved by nothing."""

FORMAT = 2
"""Version of what `to_json` gives: known values, and offsets by group, in widths of the interval."""


def unit_value(cif: ArrayLike, net_kg: ArrayLike) -> Floats:
    """Give ln(cif / net_kg), what the value models learn; NaN where either is missing or not above zero.

    >>> unit_value([100.0, 0.0, 5.0], [100.0, 1.0, float("nan")])
    array([ 0., nan, nan])
    """
    money, mass = np.asarray(cif, dtype=np.float64), np.asarray(net_kg, dtype=np.float64)
    usable = (money > 0) & (mass > 0)
    return np.where(usable, np.log(np.where(usable, money, 1.0) / np.where(usable, mass, 1.0)), np.nan)


def value_file(level: float) -> str:
    """Give the file of the value booster of a level.

    >>> value_file(0.05)
    'value_05.txt'
    """
    return f"value_{round(100 * level):02d}.txt"


@dataclass(frozen=True)
class Conform:
    """Rows no booster learnt from: the boosters' columns, ln(unit value), groups, what a row counts for."""

    inputs: Floats
    log_unit_value: Floats
    groups: Groups
    weight: Floats


@dataclass(frozen=True)
class ValueModel:
    """Three quantile boosters, the unit values known when they learnt, and what conformal calibration adds.

    The boosters see the recipe's `value_names`, then `scoring.known_values.NAMES`. `offsets` move the low end
    down and the high end up, in widths of the interval before (at least `LEAST_WIDTH`), by group.
    """

    boosters: tuple[Booster, Booster, Booster]
    known: KnownValues = NO_VALUES
    levels: tuple[float, float, float] = LEVELS
    offsets: tuple[Offset, Offset] = (Offset(), Offset())
    grouping: ValueGroups = field(default_factory=ValueGroups)

    def __post_init__(self) -> None:
        """Refuse levels that do not rise within (0, 1)."""
        rising = all(a < b for a, b in pairwise((0.0, *self.levels, 1.0)))
        if not (rising and len(self.boosters) == len(self.levels) == 3):
            raise ScoringError(
                f"value levels are {self.levels}", remedy="name three rising levels, such as 0.05, 0.5, 0.95"
            )

    def conformalised(self, rows: Conform) -> ValueModel:
        """Give the model whose ends hold their levels on rows like these, in each of their groups.

        Each end is moved by a conformal quantile of its own.
        """
        ends = self._ends(rows.inputs)
        width = _width(ends)
        beyond = (ends[:, 0] - rows.log_unit_value) / width, (rows.log_unit_value - ends[:, 2]) / width
        misses = self.levels[0], 1 - self.levels[2]
        low, high = (
            Offset.fit(one, rows.groups, miss, rows.weight) for one, miss in zip(beyond, misses, strict=True)
        )
        return ValueModel(self.boosters, self.known, self.levels, (low, high), self.grouping)

    def names(self, value_names: Sequence[str]) -> tuple[str, ...]:
        """Give the names of the boosters' columns: the recipe's `value_names`, then those of known values."""
        return (*value_names, *NAMES)

    def inputs(self, matrix: Floats, columns: Columns) -> Floats:
        """Give what the boosters see: the recipe's value columns, then what is known of the goods."""
        return np.hstack([matrix, self.known.columns(columns)])

    def groups(self, columns: Columns) -> Groups:
        """Give the groups of each row in which the interval is to cover, by grouping.

        `chapter`, `mass` (tenths of the mass of the items that taught) and `known` (how well those items knew
        the goods: `scoring.value_groups.KNOWN`).
        """
        return self.grouping.of(columns, self.known.sums_of(columns))

    def interval(self, matrix: Floats, columns: Columns) -> tuple[Floats, Floats, Floats]:
        """Give low end, middle and high end of the cif of each row; NaN without a net mass above zero.

        `matrix` holds the recipe's `value_names`; of `columns` the commodity code, origin, mode, office,
        brand and net mass are read. Ends that cross are put in order. Rounded to a millionth.
        """
        sums = self.known.sums_of(columns)
        ends = self._ends(np.hstack([matrix, known_columns(sums, self.known.whole)]))
        groups, width = self.grouping.of(columns, sums), _width(ends)
        low = ends[:, 0] - width * self.offsets[0].of(groups)
        high = ends[:, 2] + width * self.offsets[1].of(groups)
        rising = _rising([low, ends[:, 1], high])
        mass = np.where(columns["net_kg"] > 0, columns["net_kg"], np.nan)
        value = np.round(np.exp(rising) * mass[:, np.newaxis], DECIMALS)
        return value[:, 0].copy(), value[:, 1].copy(), value[:, 2].copy()

    def to_json(self) -> dict[str, Any]:
        """Give all but the boosters as JSON values."""
        return {
            "format": FORMAT,
            "levels": list(self.levels),
            "offsets": [offset.to_json() for offset in self.offsets],
            "grouping": self.grouping.to_json(),
            "known": self.known.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], texts: Mapping[str, str]) -> ValueModel:
        """Give the model of what to_json wrote and the texts of its boosters by file name."""
        if data["format"] != FORMAT:
            raise ScoringError(f"the value model is not of format {FORMAT}", remedy="train the model again")
        low, mid, high = (float(level) for level in data["levels"])
        first, second = (Offset.from_json(one) for one in data["offsets"])
        boosters = tuple(Booster(texts[value_file(level)]) for level in (low, mid, high))
        return cls(
            (boosters[0], boosters[1], boosters[2]),
            KnownValues.from_json(data["known"]),
            (low, mid, high),
            (first, second),
            ValueGroups.from_json(data["grouping"]),
        )

    def _ends(self, inputs: Floats) -> Floats:
        """Low end, middle and high end of ln(unit value) before calibration, (rows, 3), in order."""
        return _rising([booster.predict(inputs) for booster in self.boosters])


def _rising(columns: Sequence[Floats]) -> Floats:
    """Give the columns as one array, (rows, columns), each row in order."""
    whole = np.empty((len(columns[0]), len(columns)))
    for place, column in enumerate(columns):
        whole[:, place] = column
    whole.sort(axis=1)
    return whole


def _width(ends: Floats) -> Floats:
    return np.maximum(ends[:, 2] - ends[:, 0], LEAST_WIDTH)
