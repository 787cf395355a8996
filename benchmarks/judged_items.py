"""Figures of the held items of a world, with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.shown import Kept, kept
from estimation.bootstrap import Statistic, bootstrap_figures

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

REPLICATES = 300


def mean_of(values: Floats) -> Statistic:
    """Give the statistic that is the mean of some values."""
    return lambda weight: (weight @ values) / weight.sum(axis=1)


def difference(one: Statistic, other: Statistic) -> Statistic:
    """Give the statistic that is one less another, resampled together."""
    return lambda weight: one(weight) - other(weight)


def drawn(statistics: Mapping[str, Statistic], clusters: Names) -> Kept:
    """Give each statistic with its interval, declarations resampled."""
    found = bootstrap_figures(
        statistics, clusters.astype(str), rng=np.random.default_rng(1), replicates=REPLICATES
    )
    return {name: kept(figure) for name, figure in found.items()}
