"""What an inspection is expected to bring: the risk, times what an illicit item like this one owes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import ScoringError

Floats = NDArray[np.float64]

LEAST_KNOWN = 50
"""Illicit items with known revenue below which nothing is learned from them."""

_USUAL_ERROR = 0.15
"""By how much, in logarithms, expectations are usually off as a whole before they are calibrated."""


@dataclass(frozen=True)
class RevenueModel:
    """Revenue of an item given that it is illicit: scale * (base + rate * (shortfall * S + value * cif)).

    rate is tax_rate_pct / 100 and S = max(middle of the value interval - cif, 0). Coefficients are never
    negative. Where an item has no tax rate, `usual_rate` stands for it; where it has no interval,
    `usual_shortfall` * cif stands for S. `known` is the number of items that were learned from.

    >>> model = RevenueModel(base=0.0, shortfall=1.0, value=0.0, usual_rate=0.2, usual_shortfall=0.5, known=0)
    >>> model.uplift(np.array([100.0, 100.0]), np.array([10.0, np.nan]), np.array([150.0, np.nan]))
    array([ 5., 10.])
    """

    base: float
    shortfall: float
    value: float
    usual_rate: float
    usual_shortfall: float
    known: int
    scale: float = 1.0

    @classmethod
    def fit(
        cls, revenue: ArrayLike, cif: ArrayLike, tax_rate_pct: ArrayLike, value_mid: ArrayLike
    ) -> RevenueModel:
        """Learn from illicit items: what was raised on each (NaN where that is not known), and its fields.

        Least squares with coefficients not below zero, on errors relative to the item's size; then scaled so
        that the expectations add up to the revenue that was raised. With fewer than 50 known revenues it is
        the plain model: rate * S, where nothing of either is known risk times cif.
        """
        raised, value, rate, mid = (
            np.asarray(part, float) for part in (revenue, cif, tax_rate_pct, value_mid)
        )
        plain = cls.plain(value, rate, mid)
        known = ~np.isnan(raised)
        if known.sum() < LEAST_KNOWN or not raised[known].sum() > 0:
            return plain
        parts = np.column_stack(plain._parts(value[known], rate[known], mid[known]))
        found = _least_squares(parts, raised[known])
        scale = raised[known].sum() / (parts * found).sum()
        base, shortfall, whole = (float(part) for part in found * scale)
        return cls(base, shortfall, whole, plain.usual_rate, plain.usual_shortfall, int(known.sum()))

    def calibrated(self, expected: Floats, raised: Floats) -> RevenueModel:
        """Give the model whose expectations add up to what was raised of later items, found or not.

        `expected` is risk times uplift of each, by models that knew nothing of these items. The few that
        anything was raised on tell little, so that the logarithm of the ratio of both sums is shrunk by its
        variance. Nothing changes where nothing was raised.
        """
        if not (raised.sum() > 0 and expected.sum() > 0):
            return self
        variance = float(((raised - expected) ** 2).sum() / raised.sum() ** 2)
        belief = _USUAL_ERROR**2 / (_USUAL_ERROR**2 + variance)
        return replace(self, scale=self.scale * float((raised.sum() / expected.sum()) ** belief))

    @classmethod
    def plain(cls, cif: ArrayLike, tax_rate_pct: ArrayLike, value_mid: ArrayLike) -> RevenueModel:
        """Give the model that takes rate * S for granted, with the usual rate and shortfall of these items.

        Where no item has a rate, or none an interval, the usual one is 1: risk times what is left.
        """
        value, rate, mid = (np.asarray(part, dtype=np.float64) for part in (cif, tax_rate_pct, value_mid))
        gap = np.maximum(mid - value, 0.0)
        return cls(0.0, 1.0, 0.0, _usual(value * rate / 100, value), _usual(gap, value), 0)

    def uplift(self, cif: Floats, tax_rate_pct: Floats, value_mid: Floats) -> Floats:
        """Give the revenue expected of each item if it is illicit, (n,), in the valuation currency."""
        constant, gap, whole = self._parts(cif, tax_rate_pct, value_mid)
        return self.scale * (self.base * constant + self.shortfall * gap + self.value * whole)

    def to_json(self) -> dict[str, float]:
        """Give the coefficients; floats survive JSON to the last bit."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, float]) -> RevenueModel:
        """Read what to_json wrote; negative, infinite or missing coefficients are refused.

        A model from before `scale` has 1.
        """
        given = {"scale": 1.0, **data}
        parts = {name: float(given[name]) for name in cls.__dataclass_fields__ if name != "known"}
        if not all(0 <= part < np.inf for part in parts.values()):
            raise ScoringError("a coefficient of the revenue is negative", remedy="train the model again")
        return cls(known=int(data["known"]), **parts)

    def _parts(self, cif: Floats, tax_rate_pct: Floats, value_mid: Floats) -> tuple[Floats, Floats, Floats]:
        rate = np.where(np.isnan(tax_rate_pct), self.usual_rate, tax_rate_pct / 100)
        gap = np.where(np.isnan(value_mid), self.usual_shortfall * cif, np.maximum(value_mid - cif, 0.0))
        return np.ones_like(cif), rate * gap, rate * cif


def _usual(part: Floats, whole: Floats) -> float:
    """Give the sum of the part over the sum of the whole where both are known; 1 where they never are."""
    known = ~np.isnan(part)
    below = whole[known].sum()
    return float(part[known].sum() / below) if below > 0 else 1.0


def _least_squares(parts: Floats, raised: Floats) -> Floats:
    """Give the coefficients, none below zero, that fit best: every choice of columns is tried."""
    size = parts[:, 1] + parts[:, 2]
    weight = 1.0 / (size + np.median(size) + 1e-9)
    scaled, aim = parts * weight[:, np.newaxis], raised * weight
    best, least = np.array([raised.mean(), 0.0, 0.0]), np.inf
    for count in (1, 2, 3):
        for columns in combinations(range(3), count):
            chosen = list(columns)
            found = np.zeros(3)
            found[chosen] = np.linalg.lstsq(scaled[:, chosen], aim, rcond=None)[0]
            loss = float(((aim - (scaled * found).sum(axis=1)) ** 2).sum())
            if (found >= 0).all() and found.any() and loss < least:
                best, least = found, loss
    return best
