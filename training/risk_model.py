"""The risk model: parameters chosen on forward windows, then one binary classifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from estimation.ranking import precision_at, revenue_at
from training.fit import Fitted, Table, Watch, fit, tabulate
from training.settings import TrainingSettings
from training.split import Index, Split
from training.trial import Attempt, Dimension, Infeasible, Objective

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

_METRICS = {"average_precision": "average_precision", "auc": "auc"}
_LOG_LOSS = "binary_logloss"


@dataclass(frozen=True)
class LabelledMatrix:
    """Feature rows with their 0/1 labels; `categorical` names the columns that hold codes.

    `weight` says how much each row counts (None: all the same), `stake` what would be owed on it, `revenue`
    what was raised, `finding` what was found, `logged` how probable its inspection was, NaN where that was
    not logged. `directions` hold 1 for a column with which the risk may only
    rise, -1 for one with which it may only fall, 0 for any other; none: all 0.
    """

    matrix: Floats
    label: Floats
    names: Sequence[str]
    categorical: Sequence[str]
    weight: Floats | None = None
    stake: Floats | None = None
    revenue: Floats | None = None
    finding: NDArray[np.object_] | None = None
    logged: Floats | None = None
    directions: Sequence[int] = ()

    @property
    def bounds(self) -> Mapping[str, float | str]:
        """The parameters that hold a booster to the directions; smoothing along the path would break them."""
        if not any(self.directions):
            return {}
        return {"monotone_constraints": ",".join(map(str, self.directions)), "path_smooth": 0.0}

    def table(self, rows: Index, max_bin: int, like: Table | None = None) -> Table:
        """Give the binned table of some rows."""
        return tabulate(
            self.matrix[rows],
            self.label[rows],
            self.names,
            self.categorical,
            weight=None if self.weight is None else self.weight[rows],
            max_bin=max_bin,
            like=like,
        )


def risk_objective(data: LabelledMatrix, split: Split, settings: TrainingSettings) -> Objective:
    """Give the function a study makes great: the measure of the settings, averaged over the forward windows.

    Each window's rows are binned once. The number of trees, a note, is the one that is best over all windows
    together: a best one for each would be chosen by the noise of that window. For precision and revenue at a
    share of the items, which hang on a few of them, that number is the best by log loss. A model of more than
    `most_leaves` is infeasible.
    """
    windows = [window for window in split.windows if _both_kinds(data.label, window.train, window.judge)]
    learn = [data.table(window.train, settings.max_bin) for window in windows]
    judge = [data.table(w.judge, settings.max_bin, like) for w, like in zip(windows, learn, strict=True)]
    measures = [_measure(data, window.judge, settings) for window in windows]
    judged = [_Judged(*parts) for parts in zip(learn, judge, measures, strict=True)]

    def objective(attempt: Attempt) -> tuple[float, Mapping[str, float]]:
        parameters = {"objective": "binary", **attempt.parameters, **data.bounds}
        fitted: list[Fitted] = []
        for window in judged:
            fitted.append(window.fit(parameters, attempt, settings, fitted))
        rounds = min(len(one.curve) for one in fitted)
        best = int(np.argmax(np.mean([one.curve[:rounds] for one in fitted], axis=0)))
        _check_size(best + 1, attempt.parameters["num_leaves"], settings.most_leaves)
        values = [float((one.measured if len(one.measured) else one.curve)[best]) for one in fitted]
        notes = {f"window_{number}": value for number, value in enumerate(values, start=1)}
        return float(np.mean(values)), {"rounds": best + 1.0, **notes}

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
        {"objective": "binary", **parameters, **data.bounds},
        max(round(rounds), 1),
        seed=settings.seed,
        threads=settings.threads,
    )


def _measure(
    data: LabelledMatrix, rows: Index, settings: TrainingSettings
) -> Callable[[Floats], float] | None:
    """Give what the predictions of some rows are measured by beside the log loss, if by anything."""
    share = settings.objective_percent / 100
    if settings.objective == "precision":
        return partial(precision_at, label=data.label[rows], share=share)
    if settings.objective == "revenue" and data.stake is not None and data.revenue is not None:
        stake, revenue = data.stake[rows], np.maximum(np.nan_to_num(data.revenue[rows]), 0.0)
        return lambda risk: revenue_at(risk * stake, revenue, share) if revenue.any() else 0.0
    return None


def _check_size(trees: int, leaves: float, most: int | None) -> None:
    if most is not None and trees * leaves > most:
        raise Infeasible(f"{trees} trees of {leaves:g} leaves are more than most_leaves, {most}")


@dataclass(frozen=True)
class _Judged:
    """A forward window: rows to learn from, rows to judge by, and what these are measured by besides."""

    learn: Table
    by: Table
    measure: Callable[[Floats], float] | None

    def fit(
        self,
        parameters: Mapping[str, float | str],
        attempt: Attempt,
        settings: TrainingSettings,
        before: Sequence[Fitted],
    ) -> Fitted:
        def report(step: int, score: float) -> None:
            scores = [*(float(one.curve.max()) for one in before), score]
            attempt.report(len(before) * settings.rounds + step, float(np.mean(scores)))

        metric = _METRICS.get(settings.objective, _LOG_LOSS)
        watch = Watch(self.by, metric, settings.patience, settings.report_every, report, self.measure)
        seed = settings.seed + attempt.seed
        return fit(self.learn, parameters, settings.rounds, seed=seed, threads=settings.threads, watch=watch)


def _both_kinds(label: Floats, *parts: Index) -> bool:
    return all(len(np.unique(label[rows])) == 2 for rows in parts)
