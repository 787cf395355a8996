"""How well a score ranks: what the top share of it holds, with ties counted honestly.

Every figure takes `weight`: nothing, and it is a float; or (replicates, n), and it is one figure a row,
which is how the bootstrap asks for a thousand at once. A tie is never broken by the order of the rows: the
share cuts through a tied group in expectation over all its orders: a constant score is a random choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from estimation.arrays import Floats, answer, column, ratio, weight_rows
from estimation.errors import EstimationError


@overload
def precision_at(score: ArrayLike, label: ArrayLike, share: float, weight: None = None) -> float: ...
@overload
def precision_at(score: ArrayLike, label: ArrayLike, share: float, weight: Floats) -> Floats: ...
def precision_at(
    score: ArrayLike, label: ArrayLike, share: float, weight: Floats | None = None
) -> float | Floats:
    """Give the hit rate among the top `share` (0 < share <= 1) of the items: expected value over ties.

    >>> precision_at([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], 0.5)
    0.75
    """
    top = _Top.of(score, label, share, weight)
    return answer(ratio(top.held, top.taken), weight)


@overload
def recall_at(score: ArrayLike, label: ArrayLike, share: float, weight: None = None) -> float: ...
@overload
def recall_at(score: ArrayLike, label: ArrayLike, share: float, weight: Floats) -> Floats: ...
def recall_at(
    score: ArrayLike, label: ArrayLike, share: float, weight: Floats | None = None
) -> float | Floats:
    """Give the share of all illicit items that stand in the top `share`; NaN where there are none.

    >>> recall_at([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], 0.25)
    0.5
    """
    top = _Top.of(score, label, share, weight)
    return answer(ratio(top.held, top.total), weight)


@overload
def lift_at(score: ArrayLike, label: ArrayLike, share: float, weight: None = None) -> float: ...
@overload
def lift_at(score: ArrayLike, label: ArrayLike, share: float, weight: Floats) -> Floats: ...
def lift_at(score: ArrayLike, label: ArrayLike, share: float, weight: Floats | None = None) -> float | Floats:
    """Give the hit rate of the top `share` over the hit rate of a random choice; NaN without an illicit item.

    >>> lift_at([0.9, 0.5, 0.5, 0.1], [1, 0, 0, 0], 0.25)
    4.0
    """
    top = _Top.of(score, label, share, weight)
    return answer(ratio(ratio(top.held, top.total), ratio(top.taken, top.size)), weight)


@overload
def revenue_at(score: ArrayLike, revenue: ArrayLike, share: float, weight: None = None) -> float: ...
@overload
def revenue_at(score: ArrayLike, revenue: ArrayLike, share: float, weight: Floats) -> Floats: ...
def revenue_at(
    score: ArrayLike, revenue: ArrayLike, share: float, weight: Floats | None = None
) -> float | Floats:
    """Give the part of all revenue that stands in the top `share`; NaN where there is none in all.

    >>> revenue_at([3, 2, 1], [60.0, 0.0, 40.0], 1 / 3)
    0.6
    """
    top = _Top.of(score, revenue, share, weight)
    return answer(ratio(top.held, top.total), weight)


@overload
def average_precision(score: ArrayLike, label: ArrayLike, weight: None = None) -> float: ...
@overload
def average_precision(score: ArrayLike, label: ArrayLike, weight: Floats) -> Floats: ...
def average_precision(score: ArrayLike, label: ArrayLike, weight: Floats | None = None) -> float | Floats:
    """Give the mean of precision over recall, a tied group being one threshold (scikit-learn's definition).

    >>> average_precision([0.9, 0.8, 0.1], [1, 0, 1])
    0.8333333333333333
    """
    steps = _Steps.of(score, label, weight)
    gained = np.diff(steps.held, axis=1)
    precision = np.nan_to_num(ratio(steps.held[:, 1:], steps.taken[:, 1:]))
    return answer(ratio((gained * precision).sum(axis=1), steps.held[:, -1]), weight)


@overload
def auc(score: ArrayLike, label: ArrayLike, weight: None = None) -> float: ...
@overload
def auc(score: ArrayLike, label: ArrayLike, weight: Floats) -> Floats: ...
def auc(score: ArrayLike, label: ArrayLike, weight: Floats | None = None) -> float | Floats:
    """Give the chance that an illicit item outranks a licit one, a tie counting half; NaN without both.

    >>> auc([0.9, 0.8, 0.1], [1, 0, 1])
    0.5
    """
    steps = _Steps.of(score, label, weight)
    licit = steps.taken - steps.held
    beaten = licit[:, -1:] - (licit[:, 1:] + licit[:, :-1]) / 2
    won = (np.diff(steps.held, axis=1) * beaten).sum(axis=1)
    return answer(ratio(won, steps.held[:, -1] * licit[:, -1]), weight)


def taken(score: ArrayLike, share: float) -> Floats:
    """Give how much of each item the top `share` takes: 1, 0, or the tied group's part at its edge.

    >>> taken([0.9, 0.5, 0.5, 0.1], 0.5)
    array([1. , 0.5, 0.5, 0. ])
    """
    scores = column("score", score)
    _check_share(share)
    left = share * scores.size
    values, code, counts = np.unique(-scores, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return np.clip((left - before) / np.maximum(counts, 1), 0.0, 1.0)[code] if values.size else scores


def _check_share(share: float) -> None:
    if not 0 < share <= 1:
        raise EstimationError(f"share is {share}", remedy="choose a share above 0 and up to 1")


@dataclass(frozen=True)
class _Steps:
    """Cumulative weight and cumulative gain at the end of each tied group, best score first, from zero on."""

    taken: Floats
    held: Floats

    @classmethod
    def of(cls, score: ArrayLike, gain: ArrayLike, weight: ArrayLike | None) -> _Steps:
        scores = column("score", score)
        gains = column("label", gain, scores)
        if not scores.size:
            raise EstimationError("no items to rank", remedy="hand at least one item")
        order = np.argsort(-scores, kind="stable")
        ends = _ends(scores[order])
        rows = np.take(weight_rows(weight, scores), order, axis=1)
        taken = _cumulative(rows, ends)
        rows *= gains[order]
        return cls(taken, _cumulative(rows, ends))


def _ends(falling: Floats) -> NDArray[np.intp]:
    """Give the position of the last item of each tied group."""
    return np.append(np.flatnonzero(np.diff(falling)), falling.size - 1)


def _cumulative(rows: Floats, ends: NDArray[np.intp]) -> Floats:
    sums = np.cumsum(rows, axis=1)[:, ends]
    return np.concatenate([np.zeros((rows.shape[0], 1)), sums], axis=1)


@dataclass(frozen=True)
class _Top:
    """What the top share takes and holds, beside the whole."""

    taken: Floats
    held: Floats
    size: Floats
    total: Floats

    @classmethod
    def of(cls, score: ArrayLike, gain: ArrayLike, share: float, weight: ArrayLike | None) -> _Top:
        _check_share(share)
        steps = _Steps.of(score, gain, weight)
        size, total = steps.taken[:, -1], steps.held[:, -1]
        taken = share * size
        held = np.array([np.interp(k, w, h) for k, w, h in zip(taken, steps.taken, steps.held, strict=True)])
        return cls(taken, held, size, total)
