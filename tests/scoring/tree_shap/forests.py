"""Models of every kind that LightGBM trains, generated, and rows to ask of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

OBJECTIVES = (
    *("binary", "regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma"),
    *("tweedie", "cross_entropy", "cross_entropy_lambda", "multiclass", "multiclassova", "lambdarank"),
    "rank_xendcg",
)
CLASSES = 3

values = st.one_of(
    st.floats(-4, 4),
    st.integers(-2, 40).map(float),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-36, -1e-35, 1e-34, -0.9, 0.5, 2.7, 1e10, -1e300]),
)


@dataclass(frozen=True)
class Trained:
    """The text of a model, LightGBM's own object of it, and the rows that it was trained on."""

    text: str
    oracle: lightgbm.Booster
    rows: np.ndarray

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """Give what LightGBM says the columns add."""
        return self.oracle.predict(rows, pred_contrib=True, num_threads=1)

    def raw(self, rows: np.ndarray) -> np.ndarray:
        """Give the sums of the leaves."""
        return self.oracle.predict(rows, raw_score=True, num_threads=1)


@st.composite
def trained(draw: st.DrawFn) -> Trained:
    """Give a small model: any objective, boosting, missing type, depth; categories; columns that repeat."""
    columns = draw(st.integers(1, 12))
    categorical = draw(st.sets(st.integers(0, columns - 1), max_size=columns))
    objective = draw(st.sampled_from(OBJECTIVES))
    parameters: dict[str, Any] = {
        "objective": objective,
        "boosting": draw(st.sampled_from(["gbdt", "gbdt", "dart", "rf"])),
        "num_leaves": draw(st.integers(2, 40)),
        "max_depth": draw(st.sampled_from([-1, -1, 2, 5])),
        "learning_rate": draw(st.sampled_from([0.1, 0.7])),
        "min_data_in_leaf": draw(st.integers(1, 8)),
        "zero_as_missing": draw(st.booleans()),
        "use_missing": draw(st.booleans()),
        "max_cat_to_onehot": draw(st.sampled_from([1, 4])),
        "max_bin": draw(st.sampled_from([7, 63])),
    }
    return learnt(
        parameters,
        draw(st.integers(0, 2**16)),
        rows=draw(st.sampled_from([60, 200, 400])),
        columns=columns,
        categorical=sorted(categorical),
        gaps=draw(st.sampled_from([0.0, 0.1, 0.5])),
        rounds=draw(st.integers(1, 9)),
    )


def learnt(
    parameters: dict[str, Any],
    seed: int,
    *,
    rows: int,
    columns: int,
    categorical: list[int],
    gaps: float,
    rounds: int,
) -> Trained:
    """Give the model that LightGBM learns of made-up rows."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) > 0.2)
    matrix[:, categorical] = rng.integers(0, 40, (rows, len(categorical)))
    matrix[rng.random(matrix.shape) < gaps] = np.nan
    signal = np.nan_to_num(matrix) @ rng.normal(size=columns) + np.sin(3 * np.nan_to_num(matrix)).sum(axis=1)
    fixed = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True, "seed": 1}
    fixed |= {"cat_smooth": 1.0, "min_data_per_group": 1, "bagging_fraction": 0.7, "bagging_freq": 1}
    fixed |= {"num_class": CLASSES} if parameters["objective"].startswith("multiclass") else {}
    dataset = lightgbm.Dataset(
        matrix,
        _label(parameters["objective"], signal, rng),
        group=[10] * (rows // 10) if "rank" in parameters["objective"] else None,
        categorical_feature=categorical,
        params=fixed | parameters,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = lightgbm.train(fixed | parameters, dataset, rounds).model_to_string()
    return Trained(text, lightgbm.Booster(model_str=text), matrix)


def _label(objective: str, signal: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noisy = signal + rng.normal(scale=0.1, size=signal.size)
    if objective in {"binary", "lambdarank", "rank_xendcg"}:
        return (noisy > np.median(noisy)).astype(float)
    if objective.startswith("cross_entropy"):
        return 1 / (1 + np.exp(-noisy))
    if objective.startswith("multiclass"):
        return np.clip(np.digitize(noisy, np.quantile(noisy, [0.3, 0.7])), 0, CLASSES - 1).astype(float)
    return np.exp(noisy / 10) if objective in {"poisson", "gamma", "tweedie", "mape"} else noisy


def asked(model: Trained) -> st.SearchStrategy[np.ndarray]:
    """Give rows: of training, with values that no training row had put in."""
    count, columns = model.rows.shape
    return st.builds(
        lambda picked, odd, put: np.where(put, odd, model.rows[picked]),
        arrays(np.int64, 12, elements=st.integers(0, count - 1)),
        arrays(np.float64, (12, columns), elements=values),
        arrays(np.bool_, (12, columns)),
    )
