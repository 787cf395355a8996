"""Rates of the whole population from the inspected part of it, by the probabilities of inspection.

The probability that each item was inspected is logged when it is decided, so that what a biased selection
found can be weighed back (Särndal, Swensson & Wretman 1992, chapters 2 and 5). Variances are sums of squared
cluster totals: valid for any selection that is independent between declarations, and on the safe side, since
the part of the population that was seen is not taken off. Intervals are Wilson's at the effective size, so
that they neither leave [0, 1] nor collapse when nothing was found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from customs.figure import Figure
from estimation.arrays import Floats, column
from estimation.errors import EstimationError
from estimation.wilson import wilson


def horvitz_thompson(
    y: ArrayLike, p: ArrayLike, size: float, *, clusters: ArrayLike | None = None, level: float = 0.95
) -> Figure:
    """Give the rate of y (0 or 1) in a population of known `size`: sum of y / p, over size.

    `y` and `p` are those of the inspected items: what was found, and with what probability it was inspected.
    Unbiased whatever the selection was. `clusters` names the declaration of each item.

    >>> print(horvitz_thompson([1, 0, 0, 1], [0.5, 0.5, 0.1, 1.0], 24))
    0.125 [0.025, 0.442]
    """
    found, inverse = _checked(y, p)
    if not size > 0:
        raise EstimationError(f"population size is {size}", remedy="hand the number of items decided on")
    part = found * inverse / size
    return _figure(float(part.sum()), _variance(_totals(part, clusters)), inverse, level)


def hajek(y: ArrayLike, p: ArrayLike, *, clusters: ArrayLike | None = None, level: float = 0.95) -> Figure:
    """Give the rate of y in a population of unknown size: weighted mean with weights 1 / p.

    Nearly unbiased, and steadier than Horvitz-Thompson when the size of the sample varies.

    >>> print(hajek([1, 0, 0, 1], [0.5, 0.5, 0.1, 1.0]))
    0.200 [0.029, 0.678]
    """
    found, inverse = _checked(y, p)
    total = inverse.sum()
    if not total > 0:
        return Figure(np.nan, np.nan, np.nan, level)
    rate = float((found * inverse).sum() / total)
    part = inverse * (found - rate) / total
    return _figure(rate, _variance(_totals(part, clusters)), inverse, level)


def _checked(y: ArrayLike, p: ArrayLike) -> tuple[Floats, Floats]:
    found = column("y", y)
    probability = column("p", p, found)
    if ((probability <= 0) | (probability > 1)).any():
        raise EstimationError(
            "a probability of inspection is not above 0 and up to 1",
            remedy="leave out what stands outside the sampling frame and report it apart",
        )
    return found, 1.0 / probability


def _totals(part: Floats, clusters: ArrayLike | None) -> Floats:
    if clusters is None:
        return part
    _, code = np.unique(np.asarray(clusters), return_inverse=True)
    return np.asarray(np.bincount(code, weights=part), dtype=np.float64)


def _variance(totals: Floats) -> float:
    """Give the variance of the sum of cluster totals; NaN from a single cluster."""
    if totals.size < 2:
        return float("nan")
    return float(totals.size / (totals.size - 1) * (totals**2).sum())


def _figure(rate: float, variance: float, inverse: Floats, level: float) -> Figure:
    if np.isnan(variance):
        return Figure(rate, np.nan, np.nan, level)
    kish = float(inverse.sum() ** 2 / (inverse**2).sum())
    binomial = min(max(rate * (1 - rate), 0.0), 0.25)
    return wilson(rate, binomial / variance if variance > 0 and binomial > 0 else kish, level)
