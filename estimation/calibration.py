"""Whether a probability means what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from customs.figure import Figure
from estimation.arrays import Floats, answer, column, ratio, weight_rows
from estimation.wilson import wilson


@dataclass(frozen=True)
class ReliabilityBin:
    """One bin of the reliability curve: mean predicted probability, observed rate, number of items."""

    predicted: float
    observed: Figure
    items: int


def reliability(
    p: ArrayLike, y: ArrayLike, bins: int = 10, *, level: float = 0.95
) -> tuple[ReliabilityBin, ...]:
    """Give the curve of observed rate against predicted probability, over bins of equal counts.

    Equal probabilities stay in one bin, so that there may be fewer than `bins`. The interval of the observed
    rate is Wilson's.

    >>> curve = reliability([0.25, 0.25, 0.75, 0.75], [0, 1, 1, 1], bins=2)
    >>> [(cell.predicted, cell.observed.value, cell.items) for cell in curve]
    [(0.25, 0.5, 2), (0.75, 1.0, 2)]
    """
    predicted = column("p", p)
    observed = column("y", y, predicted)
    order, starts = _bins(predicted, bins)
    counts = np.diff(np.append(starts, predicted.size))
    means = np.add.reduceat(predicted[order], starts) / counts
    rates = np.add.reduceat(observed[order], starts) / counts
    return tuple(
        ReliabilityBin(float(mean), wilson(float(rate), float(count), level), int(count))
        for mean, rate, count in zip(means, rates, counts, strict=True)
    )


@overload
def ece(p: ArrayLike, y: ArrayLike, bins: int = 10, weight: None = None) -> float: ...
@overload
def ece(p: ArrayLike, y: ArrayLike, bins: int, weight: Floats) -> Floats: ...
def ece(p: ArrayLike, y: ArrayLike, bins: int = 10, weight: Floats | None = None) -> float | Floats:
    """Give the expected calibration error: mean distance of rate and probability over the reliability bins.

    >>> ece([0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0])
    0.0
    """
    predicted = column("p", p)
    observed = column("y", y, predicted)
    order, starts = _bins(predicted, bins)
    rows = weight_rows(weight, predicted)[:, order]
    gap = np.add.reduceat(rows * (observed - predicted)[order], starts, axis=1)
    return answer(ratio(np.abs(gap).sum(axis=1), rows.sum(axis=1)), weight)


@overload
def brier(p: ArrayLike, y: ArrayLike, weight: None = None) -> float: ...
@overload
def brier(p: ArrayLike, y: ArrayLike, weight: Floats) -> Floats: ...
def brier(p: ArrayLike, y: ArrayLike, weight: Floats | None = None) -> float | Floats:
    """Give the mean squared distance of probability and outcome (Brier 1950, the binary half of it).

    >>> brier([0.5, 1.0], [1, 1])
    0.125
    """
    predicted = column("p", p)
    squares = (predicted - column("y", y, predicted)) ** 2
    rows = weight_rows(weight, predicted)
    return answer(ratio((rows * squares).sum(axis=1), rows.sum(axis=1)), weight)


def _bins(predicted: Floats, bins: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Give the rising order and where each bin starts in it; a tied group is never cut."""
    order = np.argsort(predicted, kind="stable")
    rising = predicted[order]
    cuts = np.linspace(0, predicted.size, bins + 1)[:-1].astype(np.intp)
    return order, np.unique(np.searchsorted(rising, rising[cuts], side="left"))
