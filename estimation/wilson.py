"""The interval of a rate that stays inside [0, 1] and does not collapse at either end."""

from __future__ import annotations

import math
from statistics import NormalDist

from customs.figure import Figure


def wilson(rate: float, size: float, level: float = 0.95) -> Figure:
    """Give Wilson's score interval of a rate seen in `size` (effective) items; NaN bounds without any.

    Source: Wilson 1927, JASA 22.

    >>> print(wilson(0.0, 20))
    0.000 [0.000, 0.161]
    """
    if not size > 0 or math.isnan(rate):
        return Figure(rate, math.nan, math.nan, level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = rate + z * z / (2 * size)
    half = z * math.sqrt(max(rate * (1 - rate), 0.0) / size + z * z / (4 * size * size))
    scale = 1 + z * z / size
    return Figure(rate, max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale), level)
