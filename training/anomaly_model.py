"""The anomaly model: real rows told from rows some of whose columns were swapped with other rows'."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.fit import Fitted, fit, tabulate
from training.settings import TrainingSettings

Floats = NDArray[np.float64]

_SWAPPED_SHARE = 0.25
_PARAMETERS: dict[str, float | str] = {
    "objective": "binary",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "cat_smooth": 20.0,
}


def fit_anomaly(
    matrix: Floats,
    names: Sequence[str],
    categorical: Sequence[str],
    settings: TrainingSettings,
    rng: np.random.Generator,
) -> Fitted:
    """Give the classifier whose score is high where a row's columns do not go together.

    Swapping keeps each column's own distribution, so that only the way columns fit each other is learnt
    (Breiman's unsupervised random forest, 2001).
    """
    real = _sample(matrix, settings.anomaly_rows, rng)
    both = np.concatenate([real, swap_columns(real, _SWAPPED_SHARE, rng)])
    label = np.repeat([0.0, 1.0], len(real))
    table = tabulate(both, label, names, categorical, max_bin=settings.max_bin)
    return fit(table, _PARAMETERS, settings.anomaly_rounds, seed=settings.seed, threads=settings.threads)


def swap_columns(matrix: Floats, share: float, rng: np.random.Generator) -> Floats:
    """Give a copy in which a `share` of each row's cells, at least one, comes from another row's same column.

    >>> made = swap_columns(np.arange(6.0).reshape(3, 2), 1.0, np.random.default_rng(1))
    >>> sorted(made[:, 0].tolist())
    [0.0, 2.0, 4.0]
    """
    rows, columns = matrix.shape
    order = rng.permuted(np.broadcast_to(np.arange(rows)[:, None], matrix.shape), axis=0)
    swapped = rng.random(matrix.shape) < share
    swapped[np.arange(rows), rng.integers(0, columns, rows)] = True
    return np.where(swapped, np.take_along_axis(matrix, order, axis=0), matrix)


def _sample(matrix: Floats, rows: int, rng: np.random.Generator) -> Floats:
    return matrix if len(matrix) <= rows else matrix[np.sort(rng.choice(len(matrix), rows, replace=False))]
