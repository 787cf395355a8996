"""What the risk study makes great: a measure of models on forward windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from estimation.ranking import precision_at, revenue_at
from training.fit import Fitted, Watch, fit
from training.risk_model import LabelledMatrix
from training.settings import TrainingSettings
from training.split import Index, Split, Window
from training.table import Table
from training.trial import Attempt, Infeasible, Objective

Floats = NDArray[np.float64]

_METRICS = {"average_precision": "average_precision", "auc": "auc"}
_LOG_LOSS = "binary_logloss"


def risk_objective(data: LabelledMatrix, split: Split, settings: TrainingSettings) -> Objective:
    """Give the function a study makes great: the measure of the settings, averaged over the forward windows.

    Each window's rows are binned once. The number of trees, a note, is the one that is best over all windows
    together: a best one for each would be chosen by the noise of that window. For precision and revenue at a
    share of the items, which hang on a few of them, that number is the best by log loss. A model of more than
    `most_leaves` is infeasible.
    """
    windows = [window for window in split.windows if both_kinds(data.label, window.train, window.judge)]
    return RiskObjective(tuple(_judged(data, window, settings) for window in windows), data.bounds, settings)


@dataclass(frozen=True)
class RiskObjective:
    """Judges trials on forward windows; other processes can be sent it where its tables are files."""

    windows: Sequence[_Judged]
    bounds: Mapping[str, float | str]
    settings: TrainingSettings

    def __call__(self, attempt: Attempt) -> tuple[float, Mapping[str, float]]:
        """Give the mean measure of the windows at the number of trees that is best over all of them."""
        parameters = {"objective": "binary", **attempt.parameters, **self.bounds}
        fitted: list[Fitted] = []
        for window in self.windows:
            fitted.append(window.fit(parameters, attempt, self.settings, fitted))
        rounds = min(len(one.curve) for one in fitted)
        best = int(np.argmax(np.mean([one.curve[:rounds] for one in fitted], axis=0)))
        _check_size(best + 1, attempt.parameters["num_leaves"], self.settings.most_leaves)
        values = [float((one.measured if len(one.measured) else one.curve)[best]) for one in fitted]
        notes = {f"window_{number}": value for number, value in enumerate(values, start=1)}
        return float(np.mean(values)), {"rounds": best + 1.0, **notes}


def usable_windows(label: Floats, split: Split) -> int:
    """Give the number of forward windows that hold both kinds of label."""
    return sum(both_kinds(label, window.train, window.judge) for window in split.windows)


def _judged(data: LabelledMatrix, window: Window, settings: TrainingSettings) -> _Judged:
    learn = data.table(window.train, settings.max_bin)
    judge = data.table(window.judge, settings.max_bin, learn)
    return _Judged(learn, judge, _measure(data, window.judge, settings))


def _measure(
    data: LabelledMatrix, rows: Index, settings: TrainingSettings
) -> Callable[[Floats], float] | None:
    """Give what the predictions of some rows are measured by beside the log loss, if by anything."""
    share = settings.objective_percent / 100
    if settings.objective == "precision":
        return partial(precision_at, label=data.label[rows], share=share)
    if settings.objective == "revenue" and data.stake is not None and data.revenue is not None:
        stake, revenue = data.stake[rows], np.maximum(np.nan_to_num(data.revenue[rows]), 0.0)
        return partial(_revenue, stake=stake, revenue=revenue, share=share)
    return None


def _revenue(risk: Floats, stake: Floats, revenue: Floats, share: float) -> float:
    return revenue_at(risk * stake, revenue, share) if revenue.any() else 0.0


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


def both_kinds(label: Floats, *parts: Index) -> bool:
    """Tell whether each of some parts of the rows holds both kinds of label."""
    return all(len(np.unique(label[rows])) == 2 for rows in parts)
