"""Small trained models for the tests of scoring: text made once a process."""

from __future__ import annotations

from functools import cache

import lightgbm
import numpy as np

ROWS, COLUMNS = 1200, 6


@cache
def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give a matrix with gaps and one categorical column, labels, and a target that grows with column 0."""
    rng = np.random.default_rng(7)
    matrix = rng.normal(size=(ROWS, COLUMNS))
    matrix[:, 5] = rng.integers(0, 6, ROWS)
    matrix[rng.random((ROWS, COLUMNS)) < 0.05] = np.nan
    signal = np.nan_to_num(matrix[:, 0] + matrix[:, 1] * (np.nan_to_num(matrix[:, 5]) > 2))
    label = (rng.random(ROWS) < 1 / (1 + np.exp(1.5 - 1.5 * signal))).astype(float)
    return matrix, label, signal + rng.normal(scale=0.3, size=ROWS)


@cache
def text(objective: str = "binary", *, names: tuple[str, ...] = (), trees: int = 12, **extra: float) -> str:
    """Give the text of a model of `data()` (binary, quantile with alpha=, or regression)."""
    matrix, label, target = data()
    chosen = list(names) or [f"f{number}" for number in range(COLUMNS)]
    rows = np.resize(matrix, (ROWS, COLUMNS))[:, : len(chosen)]
    if len(chosen) > COLUMNS:
        rows = np.random.default_rng(1).normal(size=(ROWS, len(chosen)))
        rows[:, :COLUMNS] = matrix
    parameters = {
        "objective": objective,
        "num_leaves": 7,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": 1,
        "cat_smooth": 1.0,
        "min_data_per_group": 5,
        **extra,
    }
    categorical = [5] if len(chosen) > 5 else []
    train = lightgbm.Dataset(
        rows, label if objective == "binary" else target, feature_name=chosen, categorical_feature=categorical
    )
    return str(lightgbm.train(parameters, train, trees).model_to_string())
