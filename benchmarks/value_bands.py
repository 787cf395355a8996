"""Bands of ln(unit value), how often they hold and how wide they are; and the simplest of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_LEAST = 5
_CONFORM = 0.15


@dataclass(frozen=True)
class Band:
    """Low end, middle and high end of ln(unit value) of each row.

    >>> band = Band(np.zeros(2), np.ones(2), np.full(2, 2.0))
    >>> band.coverage(np.array([1.0, 3.0]), np.ones(2, bool)), band.width(np.ones(2, bool))
    (0.5, 2.0)
    """

    low: Floats
    mid: Floats
    high: Floats

    def only(self, rows: Bools) -> Band:
        """Give the band of some rows."""
        return Band(self.low[rows], self.mid[rows], self.high[rows])

    def coverage(self, target: Floats, rows: Bools) -> float:
        """Give the share of values within the band; NaN of no rows."""
        within = (self.low <= target) & (target <= self.high)
        return float(within[rows].mean()) if rows.any() else float("nan")

    def width(self, rows: Bools) -> float:
        """Give the mean width."""
        return float((self.high - self.low)[rows].mean()) if rows.any() else float("nan")

    def r_squared(self, target: Floats, rows: Bools) -> float:
        """Give the share of the variance that the middle explains."""
        error = ((target - self.mid)[rows] ** 2).sum()
        return (
            float(1 - error / ((target[rows] - target[rows].mean()) ** 2).sum())
            if rows.any()
            else float("nan")
        )

    def conformalised(self, known: Band, target: Floats, coverage: float = 0.9) -> Band:
        """Give the band moved by one constant, so that `known`, moved alike, covers its values so often."""
        beyond = np.maximum(known.low - target, target - known.high)
        by = float(np.quantile(beyond, min(1.0, coverage * (1 + 1 / len(beyond))), method="higher"))
        return replace(self, low=self.low - by, high=self.high + by)


def median_band(known: pl.DataFrame, asked: pl.DataFrame, seed: int, coverage: float = 0.9) -> Band:
    """Give the median of each row's subheading (heading, chapter where items are few), one width for all."""
    apart = np.random.default_rng(seed).random(known.height) < _CONFORM
    teach, conform = known.filter(pl.Series(~apart)), known.filter(pl.Series(apart))
    mid, there = _medians(teach, asked), _medians(teach, conform)
    target = conform.select(_target()).to_series().to_numpy()
    return Band(mid, mid, mid).conformalised(Band(there, there, there), target, coverage)


def _medians(known: pl.DataFrame, asked: pl.DataFrame) -> Floats:
    found = asked.select(pl.lit(known.select(_target().median()).item()).alias("0"), "hs_code")
    for digits in (2, 4, 6):
        key = pl.col("hs_code").str.slice(0, digits)
        medians = known.group_by(key.alias("key")).agg(_target().median().alias("median"), pl.len())
        enough = medians.filter(pl.col("len") >= _LEAST).select("key", pl.col("median").alias(str(digits)))
        found = found.with_columns(key.alias("key")).join(enough, on="key", how="left", maintain_order="left")
    return found.select(pl.coalesce("6", "4", "2", "0")).to_series().to_numpy()


def _target() -> pl.Expr:
    return (pl.col("cif") / pl.col("net_kg")).log()
