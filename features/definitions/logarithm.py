"""Logarithms on a grid, so that they are the same on every machine and in an array of any length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LOG_UNIT = 10_000
"""Parts of 1 in which logarithms, and ratios kept as integers, are counted."""


def log_units(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give round(10,000 x ln(value)), whole numbers as floats; NaN where the value is not above zero.

    NumPy takes another instruction for `log` on processors with AVX-512 than on those without, and may take
    another for the last elements of an array: the last bit can differ. Rounded to 1e-4 it cannot, but for
    one value in some 1e11. A measured value is not known to a ten-thousandth, so nothing is lost.

    NumPy warns of zeros and negative values unless the caller says otherwise (`np.errstate`).

    >>> log_units(np.array([1.0, np.e, np.inf, np.nan]))
    array([    0., 10000.,    nan,    nan])
    """
    units = np.rint(LOG_UNIT * np.log(values))
    return np.where(np.isfinite(units), units, np.nan)


def grid_log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give ln(value) rounded to four decimals; NaN where the value is not above zero.

    >>> grid_log(np.array([2.0, 1.0]))
    array([0.6931, 0.    ])
    """
    return log_units(values) / LOG_UNIT


def log_count(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give ln(1 + count) rounded to four decimals.

    >>> log_count(np.array([0, 1, 100]))
    array([0.    , 0.6931, 4.6151])
    """
    return log_units(counts.astype(np.float64) + 1.0) / LOG_UNIT
