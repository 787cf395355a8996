"""Whether an interval holds the value as often as it promises, and how wide it had to be."""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from estimation.arrays import Floats, answer, ratio, weight_rows


@overload
def coverage(low: ArrayLike, high: ArrayLike, value: ArrayLike, weight: None = None) -> float: ...
@overload
def coverage(low: ArrayLike, high: ArrayLike, value: ArrayLike, weight: Floats) -> Floats: ...
def coverage(
    low: ArrayLike, high: ArrayLike, value: ArrayLike, weight: Floats | None = None
) -> float | Floats:
    """Give the share of values within their interval, bounds included; rows with a NaN do not count.

    >>> coverage([1.0, 1.0, float("nan")], [2.0, 2.0, 3.0], [1.5, 9.0, 1.0])
    0.5
    """
    bottom, top, found = (np.asarray(part, dtype=np.float64) for part in (low, high, value))
    usable = ~(np.isnan(bottom) | np.isnan(top) | np.isnan(found))
    within = (bottom <= found) & (found <= top)
    rows = weight_rows(weight, found) * usable
    return answer(ratio((rows * within).sum(axis=1), rows.sum(axis=1)), weight)


@overload
def width(low: ArrayLike, high: ArrayLike, weight: None = None) -> float: ...
@overload
def width(low: ArrayLike, high: ArrayLike, weight: Floats) -> Floats: ...
def width(low: ArrayLike, high: ArrayLike, weight: Floats | None = None) -> float | Floats:
    """Give the mean of ln(high / low): intervals of values are wide by a factor, not by an amount.

    Rows with a NaN, or a bound that is not above zero, do not count.

    >>> round(width([1.0, 2.0], [2.718281828, 5.436563657]), 6)
    1.0
    """
    bottom, top = (np.asarray(part, dtype=np.float64) for part in (low, high))
    usable = (bottom > 0) & (top > 0)
    logs = np.log(np.where(usable, top, 1.0)) - np.log(np.where(usable, bottom, 1.0))
    rows = weight_rows(weight, bottom) * usable
    return answer(ratio((rows * logs).sum(axis=1), rows.sum(axis=1)), weight)
