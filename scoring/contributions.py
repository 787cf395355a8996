"""Contributions explain a score only if they add up to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ContributionError

Floats = NDArray[np.float64]

TOLERANCE = 1e-6
"""Largest distance of a sum of contributions from its raw score, relative to scores above 1."""


def checked(contributions: Floats, raw: Floats) -> Floats:
    """Give the contributions, (n, columns + 1), unchanged; ContributionError where a row misses its score.

    LightGBM's own sums lose digits in trees deeper than 36 levels: such a model is not explained.

    >>> checked(np.array([[0.5, -1.0]]), np.array([-0.5]))
    array([[ 0.5, -1. ]])
    """
    distance = np.abs(contributions.sum(axis=1) - raw)
    worst = float(np.max(distance / np.maximum(1.0, np.abs(raw)), initial=0.0))
    if not worst <= TOLERANCE:
        raise ContributionError(
            f"contributions miss the score by {worst:.1e}", remedy="train with shallower trees (max_depth)"
        )
    return contributions
