"""The risk model: parameters chosen on forward windows, then one binary classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.fit import Fitted, Table, Watch, fit, tabulate
from training.settings import TrainingSettings
from training.split import Index, Split
from training.study import Attempt, Dimension, Objective

Floats = NDArray[np.float64]

SPACE: Mapping[str, Dimension] = {
    "learning_rate": Dimension(0.025, 0.2, log=True),
    "num_leaves": Dimension(4, 63, log=True, integer=True),
    "min_data_in_leaf": Dimension(10, 200, log=True, integer=True),
    "feature_fraction": Dimension(0.2, 1.0),
    "bagging_fraction": Dimension(0.5, 1.0),
    "lambda_l2": Dimension(0.01, 50.0, log=True),
    "cat_smooth": Dimension(1.0, 200.0, log=True),
    "cat_l2": Dimension(1.0, 200.0, log=True),
    "path_smooth": Dimension(0.01, 50.0, log=True),
}

FIRST: Mapping[str, float] = {
    "learning_rate": 0.03,
    "num_leaves": 10,
    "min_data_in_leaf": 30,
    "feature_fraction": 0.35,
    "bagging_fraction": 0.8,
    "lambda_l2": 1.0,
    "cat_smooth": 100.0,
    "cat_l2": 60.0,
    "path_smooth": 1.0,
}
"""Small, slow trees with wary categories: what thousands, not millions, of labels can teach."""

_METRICS = {"average_precision": "average_precision", "auc": "auc", "log_loss": "binary_logloss"}


@dataclass(frozen=True)
class LabelledMatrix:
    """Feature rows with their 0/1 labels; `categorical` names the columns that hold codes."""

    matrix: Floats
    label: Floats
    names: Sequence[str]
    categorical: Sequence[str]

    def table(self, rows: Index, max_bin: int, like: Table | None = None) -> Table:
        """Give the binned table of some rows."""
        return tabulate(
            self.matrix[rows], self.label[rows], self.names, self.categorical, max_bin=max_bin, like=like
        )


def risk_objective(data: LabelledMatrix, split: Split, settings: TrainingSettings) -> Objective:
    """Give the function a study makes great: the measure of the settings, averaged over the forward windows.

    Each window's rows are binned once. The number of trees, a note, is the one that is best over all windows
    together: a best one for each would be chosen by the noise of that window.
    """
    windows = [window for window in split.windows if _both_kinds(data.label, window.train, window.judge)]
    learn = [data.table(window.train, settings.max_bin) for window in windows]
    judge = [data.table(w.judge, settings.max_bin, like) for w, like in zip(windows, learn, strict=True)]

    def objective(attempt: Attempt) -> tuple[float, Mapping[str, float]]:
        fitted: list[Fitted] = []
        for rows, by in zip(learn, judge, strict=True):
            fitted.append(_judged(rows, by, attempt, settings, fitted))
        rounds = min(len(one.curve) for one in fitted)
        curves = np.array([one.curve[:rounds] for one in fitted])
        best = int(np.argmax(curves.mean(axis=0)))
        notes = {f"window_{number}": float(curve[best]) for number, curve in enumerate(curves, start=1)}
        return float(curves[:, best].mean()), {"rounds": best + 1.0, **notes}

    return objective


def usable_windows(label: Floats, split: Split) -> int:
    """Give the number of forward windows that hold both kinds of label."""
    return sum(_both_kinds(label, window.train, window.judge) for window in split.windows)


def fit_risk(
    data: LabelledMatrix,
    rows: Index,
    parameters: Mapping[str, float],
    rounds: float,
    settings: TrainingSettings,
) -> Fitted:
    """Give the binary classifier learnt from `rows` with a fixed number of trees."""
    return fit(
        data.table(rows, settings.max_bin),
        {"objective": "binary", **parameters},
        max(round(rounds), 1),
        seed=settings.seed,
        threads=settings.threads,
    )


def _judged(
    rows: Table, by: Table, attempt: Attempt, settings: TrainingSettings, before: Sequence[Fitted]
) -> Fitted:
    def report(step: int, score: float) -> None:
        scores = [*(float(one.curve.max()) for one in before), score]
        attempt.report(len(before) * settings.rounds + step, float(np.mean(scores)))

    watch = Watch(by, _METRICS[settings.objective], settings.patience, settings.report_every, report)
    parameters: dict[str, float | str] = {"objective": "binary", **attempt.parameters}
    return fit(rows, parameters, settings.rounds, seed=settings.seed, threads=settings.threads, watch=watch)


def _both_kinds(label: Floats, *parts: Index) -> bool:
    return all(len(np.unique(label[rows])) == 2 for rows in parts)
