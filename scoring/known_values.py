"""What goods of each kind were declared at in what was learnt from: sums by key, and columns made of them.

Sums are of whole ten-thousandths of ln(unit value), so that the same rows give the same sums in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.definitions.logarithm import LOG_UNIT, log_count
from features.machine_code.compiled import compiled
from scoring.errors import ScoringError
from scoring.goods_keys import LEVELS, Keys, keyed

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

STRENGTH = 2.0
"""Items of the level above that the mean of a key is taken together with."""

SPREAD_STRENGTH = 10.0
"""Items of the level above that the spread of a key is taken together with."""

COUNTED: tuple[str, ...] = ("hs4", "hs6", "code", "hs6_mass", "hs6_origin", "hs6_office", "hs6_brand")
"""Levels whose number of items is a column."""

SPREAD: tuple[str, ...] = ("hs2", "hs4", "hs6", "code")
"""Levels whose spread is a column."""

NAMES: tuple[str, ...] = (
    *(f"known_mean_{level.name}" for level in LEVELS),
    *(f"known_items_{name}" for name in COUNTED),
    *(f"known_spread_{name}" for name in SPREAD),
)
"""Names of the columns."""

PLACE = {level.name: number for number, level in enumerate(LEVELS)}
"""Where the sums of each level are, among those of all levels."""

_ABOVE = np.array([0 if level.above is None else 1 + PLACE[level.above] for level in LEVELS])
_SPREADS = np.array(
    [NAMES.index(f"known_spread_{level.name}") if level.name in SPREAD else -1 for level in LEVELS]
)
_COUNTED = np.array([PLACE[name] for name in COUNTED])
_COUNTS = slice(len(LEVELS), len(LEVELS) + len(COUNTED))
_NOTHING = (0, 0, 0)


@dataclass(frozen=True)
class KnownValues:
    """By level and key: number of items, sum and sum of squares of 10,000 ln(unit value).

    `whole` is the same of all items. A model without a past has `NO_VALUES`.

    >>> goods = {"hs_code": ["640399", "640411"], "origin_country": ["CN", "CN"], "transport_mode": [1, 1],
    ...          "office_id": ["118", "118"], "brand": [None, None], "net_kg": [2.0, 2.0]}
    >>> columns = {name: np.repeat(values, 4) for name, values in goods.items()}
    >>> known = KnownValues.of(columns, np.repeat([1.0, 3.0], 4))
    >>> known.columns(columns)[:, NAMES.index("known_mean_hs4")][[0, 4]].round(2).tolist()
    [1.33, 2.67]
    """

    sums: Mapping[str, Mapping[str, tuple[int, int, int]]]
    whole: tuple[int, int, int]

    @classmethod
    def of(cls, columns: Columns, log_unit_value: Floats) -> KnownValues:
        """Learn from items and ln(unit value) of each."""
        units = units_of(log_unit_value)
        held = {level.name: _summed(keys, units, level.least) for level, keys in keyed(columns)}
        return cls(held, (len(units), int(units.sum()), int((units * units).sum())))

    def sums_of(self, columns: Columns) -> Integers:
        """Give what is known of each row's keys, (levels, 3, rows); zeros of a key that was never seen."""
        found = [
            [self.sums[level.name].get(key, _NOTHING) if key else _NOTHING for key in keys]
            for level, keys in keyed(columns)
        ]
        return np.array(found, dtype=np.int64).reshape(len(LEVELS), -1, 3).transpose(0, 2, 1)

    def columns(self, columns: Columns) -> Floats:
        """Give the columns `NAMES` of each row, (rows, names)."""
        return known_columns(self.sums_of(columns), self.whole)

    def to_json(self) -> dict[str, Any]:
        """Give the sums as JSON values."""
        return {"whole": list(self.whole), "levels": {name: dict(keys) for name, keys in self.sums.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> KnownValues:
        """Read what to_json wrote; other levels than these, and what are no sums, are refused."""
        levels = data["levels"]
        if set(levels) != set(PLACE):
            raise ScoringError("the known unit values are of other levels", remedy="train the model again")
        held = {level.name: {str(k): _triple(v) for k, v in levels[level.name].items()} for level in LEVELS}
        return cls(held, _triple(data["whole"]))


NO_VALUES = KnownValues({level.name: {} for level in LEVELS}, _NOTHING)
"""Nothing is known of any goods."""


def known_columns(sums: Integers, whole: Sequence[int]) -> Floats:
    """Give the columns `NAMES` of sums (levels, 3, rows): means and spreads drawn to the level above.

    NaN where nothing at all is known.
    """
    found = np.empty((sums.shape[2], len(NAMES)))
    drawn = np.empty((1 + len(LEVELS), 2))
    drawn[0] = _ratio(whole[1], whole[0]) / LOG_UNIT, _variance(whole)
    _draw(np.ascontiguousarray(sums), _ABOVE, _SPREADS, drawn, found)
    found[:, _COUNTS] = log_count(sums[_COUNTED, 0]).T
    return found


@compiled
def _draw(sums: Integers, above: Integers, spreads: Integers, drawn: Floats, found: Floats) -> None:
    """Write each row's means of all levels, and the spreads of those that have a column for it (else -1).

    `drawn` is room for mean and spread of all items, which it holds, and of each level behind them; `above`
    says where in it the level above is.
    """
    for row in range(len(found)):
        for each in range(len(above)):
            count, units, squares = sums[each, 0, row], sums[each, 1, row], sums[each, 2, row]
            mean, spread = drawn[above[each], 0], drawn[above[each], 1]
            total = units / LOG_UNIT
            found[row, each] = drawn[each + 1, 0] = (total + STRENGTH * mean) / (count + STRENGTH)
            within = max(squares / LOG_UNIT**2 - total * total / max(count, 1), 0.0)
            drawn[each + 1, 1] = (within + SPREAD_STRENGTH * spread) / (count + SPREAD_STRENGTH)
            if spreads[each] >= 0:
                found[row, spreads[each]] = np.sqrt(drawn[each + 1, 1])


def kept(sums: Integers) -> Integers:
    """Give sums (levels, 3, rows) without those of fewer items than a key needs to be kept."""
    least = np.array([level.least for level in LEVELS])[:, np.newaxis]
    return sums * (sums[:, 0] >= least)[:, np.newaxis]


def units_of(log_unit_value: Floats) -> Integers:
    """Give ln(unit value) in whole ten-thousandths."""
    return np.rint(LOG_UNIT * log_unit_value).astype(np.int64)


def _summed(keys: Keys, units: Integers, least: int) -> dict[str, tuple[int, int, int]]:
    held: dict[str, list[int]] = {}
    for key, unit in zip(keys, units.tolist(), strict=True):
        if key:
            one = held.setdefault(key, [0, 0, 0])
            one[0] += 1
            one[1] += unit
            one[2] += unit * unit
    return {key: (n, total, squares) for key, (n, total, squares) in sorted(held.items()) if n >= least}


def _ratio(above: int, below: int) -> float:
    return above / below if below else float("nan")


def _variance(whole: Sequence[int]) -> float:
    count, total, squares = whole
    return (
        max(_ratio(squares, count) - _ratio(total, count) ** 2, 0.0) / LOG_UNIT**2 if count else float("nan")
    )


def _triple(values: Sequence[Any]) -> tuple[int, int, int]:
    count, total, squares = (int(value) for value in values)
    if count < 0 or squares < 0 or (count == 0 and (total or squares)):
        raise ScoringError("known unit values hold sums of no items", remedy="train the model again")
    return count, total, squares
