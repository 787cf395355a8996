"""Arrays as the estimators take them: checked once, weights as one row a replicate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from estimation.errors import EstimationError

Floats = NDArray[np.float64]


def column(name: str, values: ArrayLike, like: Floats | None = None) -> Floats:
    """Give `values` as a vector of floats of the length of `like`; NaN and other lengths are refused.

    >>> column("score", [1, 2])
    array([1., 2.])
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or (like is not None and array.shape != like.shape):
        beside = "" if like is None else f" beside {like.shape}"
        raise EstimationError(
            f"{name} has shape {array.shape}{beside}", remedy="hand vectors of one length, one entry an item"
        )
    if np.isnan(array).any():
        raise EstimationError(f"{name} holds NaN", remedy="leave out the rows without a value first")
    return array


def weight_rows(weight: ArrayLike | None, like: Floats) -> Floats:
    """Give the weights as (replicates, n); one row of ones where there are none."""
    if weight is None:
        return np.ones((1, like.size))
    rows = np.atleast_2d(np.asarray(weight, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != like.size:
        raise EstimationError(
            f"weights have shape {rows.shape} beside {like.size} items",
            remedy="hand one weight an item, one row a replicate",
        )
    return rows


def answer(values: Floats, weight: ArrayLike | None) -> float | Floats:
    """Give a float where there were no weights, else one figure a row of weights."""
    return float(values[0]) if weight is None else values


def ratio(above: Floats, below: Floats) -> Floats:
    """Give above / below, NaN where there is nothing below.

    >>> ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)
