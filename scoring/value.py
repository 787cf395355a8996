"""What an item should be worth: an interval of its customs value, from what it is and whence it comes.

The models predict ln(cif / net_kg) and see nothing of the item's own money but the freight. The interval is a
reason to doubt the declared value (WTO Decision 6.1), never a customs value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.booster import Booster
from scoring.errors import ScoringError

Floats = NDArray[np.float64]

LEVELS: tuple[float, float, float] = (0.05, 0.5, 0.95)
"""Quantiles of the interval: its low end, its middle, its high end."""

DECIMALS = 6
"""Decimals of a value in the valuation currency (see scoring.calibration.DECIMALS)."""


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
class ValueModel:
    """Three quantile boosters and what split-conformal calibration moves their outer ends by.

    `offset` is subtracted from the low end and added to the high end, in units of ln(unit value). Matrices
    hold the recipe's `value_names`, in their order.
    """

    boosters: tuple[Booster, Booster, Booster]
    levels: tuple[float, float, float] = LEVELS
    offset: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        """Refuse levels that do not rise within (0, 1) and offsets that are not finite."""
        rising = all(a < b for a, b in pairwise((0.0, *self.levels, 1.0)))
        if not (
            rising and len(self.boosters) == len(self.levels) == 3 and all(map(math.isfinite, self.offset))
        ):
            raise ScoringError(
                f"value levels are {self.levels}", remedy="name three rising levels, such as 0.05, 0.5, 0.95"
            )

    @classmethod
    def conformalise(
        cls,
        boosters: tuple[Booster, Booster, Booster],
        matrix: Floats,
        target: Floats,
        levels: tuple[float, float, float] = LEVELS,
    ) -> ValueModel:
        """Give the model whose ends hold their levels on rows like these, which no booster was trained on.

        `target` is `unit_value` of the rows; rows where it is NaN are left out. Each end is moved by its own
        conformal quantile; with fewer rows than the level needs, by the largest residual.
        Source: Romano, Patterson & Candès 2019, NeurIPS, theorem 2.
        """
        known = ~np.isnan(target)
        low, _, high = (booster.predict(matrix[known]) for booster in boosters)
        found = target[known]
        offset = (_conformal(low - found, levels[0]), _conformal(found - high, 1 - levels[2]))
        return cls(boosters, levels, offset)

    def interval(self, matrix: Floats, net_kg: Floats) -> tuple[Floats, Floats, Floats]:
        """Give low end, middle and high end of the cif of each row; NaN without a net mass above zero.

        Ends that cross are put in order. Rounded to a millionth.
        """
        low, mid, high = (booster.predict(matrix) for booster in self.boosters)
        rising = np.sort(np.column_stack([low - self.offset[0], mid, high + self.offset[1]]), axis=1)
        mass = np.where(net_kg > 0, net_kg, np.nan)
        value = np.round(np.exp(rising) * mass[:, np.newaxis], DECIMALS)
        return value[:, 0].copy(), value[:, 1].copy(), value[:, 2].copy()


def _conformal(residual: Floats, miss: float) -> float:
    """Give the residual that a new row exceeds with probability `miss` at most."""
    if not residual.size:
        return 0.0
    rank = min(residual.size, math.ceil((residual.size + 1) * (1 - miss) - 1e-9))
    return float(np.sort(residual)[rank - 1])
