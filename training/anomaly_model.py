"""The anomaly model: a booster that tells, as an isolation forest does, how alone an item stands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from training.fit import Fitted, fit
from training.settings import TrainingSettings
from training.split import some_of
from training.table import tabulate

Floats = NDArray[np.float64]

_TREES = 200
_PARAMETERS: dict[str, float | str] = {
    "objective": "regression",
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
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
    """Give the booster whose score is high where few cuts set a row apart from the others.

    It learns what `isolation` tells of the rows, so that a bundle holds one kind of model alone, and its
    contributions say which columns are unusual together. No label goes in.
    """
    rows = matrix[some_of(np.arange(len(matrix)), settings.anomaly_rows, rng)]
    alone = isolation(rows, settings.seed)
    table = tabulate(rows, alone, names, categorical, max_bin=settings.max_bin)
    return fit(table, _PARAMETERS, settings.anomaly_rounds, seed=settings.seed, threads=settings.threads)


def isolation(matrix: Floats, seed: int) -> Floats:
    """Give how alone each row stands among all, in (0, 1): the fewer random cuts, the more.

    A missing value counts as the middle one of its column. Source: Liu, Ting & Zhou 2008, Isolation Forest.

    >>> rows = np.append(np.linspace(0, 1, 50), 9.0).reshape(-1, 1)
    >>> int(isolation(rows, 1).argmax())
    50
    """
    middle = [float(np.median(known)) if len(known) else 0.0 for known in map(_known, matrix.T)]
    filled = np.where(np.isnan(matrix), middle, matrix)
    forest = IsolationForest(n_estimators=_TREES, random_state=seed).fit(filled)
    return np.asarray(-forest.score_samples(filled))


def _known(column: Floats) -> Floats:
    return column[~np.isnan(column)]
