"""The held items of a world beside its truth, and figures of them with intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.shown import Kept, kept
from estimation.bootstrap import Statistic, bootstrap_figures
from features.dataset import Dataset

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

REPLICATES = 300


def truth_of(held: Dataset, truth: pl.DataFrame) -> pl.DataFrame:
    """Give the truth of each item, in the order of the items."""
    keys = pl.DataFrame(
        {"declaration_id": held.columns["declaration_id"].tolist(), "item_no": held.columns["item_no"]}
    )
    return keys.join(truth, on=["declaration_id", "item_no"], how="left", maintain_order="left")


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
