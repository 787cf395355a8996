"""Sums of columns and of their resamples: rates of many groups at once, each with its interval.

A rate is one sum over another, so that resampling clusters is one product of matrices for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from customs.figure import Figure
from estimation.arrays import Floats, ratio
from estimation.bootstrap import cluster_codes, percentile_figure, times_drawn
from estimation.wilson import wilson

LEAST_CLUSTERS = 10
"""Clusters below which nothing is said of how one rate stands to another."""


@dataclass(frozen=True)
class Sums:
    """Sums of named columns: over all rows, and over each replicate; `clusters` counts what was resampled.

    >>> columns = {"hits": np.array([1.0, 0.0] * 50), "all": np.ones(100)}
    >>> sums = resampled_sums(columns, np.arange(100), rng=np.random.default_rng(1), replicates=500)
    >>> print(sums.rate("hits", "all"))
    0.500 [0.410, 0.595]
    """

    once: Mapping[str, float]
    drawn: Mapping[str, Floats]
    holding: Mapping[str, int]
    level: float = 0.95

    def rate(self, above: str, below: str) -> Figure:
        """Give one sum over another; a rate of 0 or 1 has Wilson's interval, of the clusters below."""
        value = _over(self.once[above], self.once[below])
        if value in {0.0, 1.0}:
            return wilson(value, self.holding[below], self.level)
        return percentile_figure(value, ratio(self.drawn[above], self.drawn[below]), self.level)

    def relative(self, above: tuple[str, str], below: tuple[str, str]) -> Figure:
        """Give one rate over another, resampled together.

        There is no interval where either rate is of fewer than ten clusters; where the one above is 0, it is
        that of the rate alone.
        """
        one, other = self.rate(*above), self.rate(*below)
        value = _over(one.value, other.value)
        if min(self.holding[above[1]], self.holding[below[1]]) < LEAST_CLUSTERS:
            return Figure(value, math.nan, math.nan, self.level)
        if one.value == 0:
            return Figure(value, 0.0, _over(one.high, other.value), self.level)
        drawn = [ratio(self.drawn[a], self.drawn[b]) for a, b in (above, below)]
        return percentile_figure(value, ratio(drawn[0], drawn[1]), self.level)

    def distance(self, parts: Sequence[str], below: str) -> Figure:
        """Give the sizes of several sums, added up, over another: an error whose parts do not cancel out.

        Chance alone puts parts apart, in resamples more than in the sample; so the interval begins no higher
        than the value.
        """
        value = _over(sum(abs(self.once[part]) for part in parts), self.once[below])
        away = np.sum([np.abs(self.drawn[part]) for part in parts], axis=0)
        figure = percentile_figure(value, ratio(away, self.drawn[below]), self.level)
        return replace(figure, low=min(figure.low, value))


def resampled_sums(
    columns: Mapping[str, ArrayLike],
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 1000,
    level: float = 0.95,
) -> Sums:
    """Give the sums of columns (n,), and those of as many clusters drawn with replacement."""
    code, count = cluster_codes(clusters)
    parts = [np.asarray(values, dtype=np.float64) for values in columns.values()]
    totals = np.column_stack([np.bincount(code, weights=part, minlength=count) for part in parts])
    blocks = [times @ totals for times in times_drawn(count, replicates, rng, rows=count)]
    drawn = np.concatenate(blocks)
    return Sums(
        once=dict(zip(columns, map(float, totals.sum(axis=0)), strict=True)),
        drawn=dict(zip(columns, drawn.T, strict=True)),
        holding=dict(zip(columns, map(int, (totals != 0).sum(axis=0)), strict=True)),
        level=level,
    )


def _over(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan
