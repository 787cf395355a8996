"""The value models: quantiles of ln(cif / net_kg), learnt from values that were never found false."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.dataset import Dataset
from scoring.value import unit_value
from training.fit import Fitted, Watch, fit
from training.settings import TrainingSettings
from training.split import Index
from training.table import Table, tabulate
from training.trial import Attempt, Dimension, Objective

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SPACE: Mapping[str, Dimension] = {
    "learning_rate": Dimension(0.05, 0.3, log=True),
    "num_leaves": Dimension(15, 63, log=True, integer=True),
    "min_data_in_leaf": Dimension(10, 200, log=True, integer=True),
    "feature_fraction": Dimension(0.4, 1.0),
    "cat_smooth": Dimension(1.0, 100.0, log=True),
}
FIRST: Mapping[str, float] = {
    "learning_rate": 0.1,
    "num_leaves": 63,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "cat_smooth": 10.0,
}
FALSE_VALUE = frozenset({"value", "quantity", "classification"})
"""Findings after which the declared value says nothing of what the goods are worth."""


@dataclass(frozen=True)
class ValueRows:
    """Feature rows that the value model may see, and the logarithm of their unit value.

    Tables are files of `folder`, where there is one.
    """

    matrix: Floats
    log_unit_value: Floats
    names: Sequence[str]
    categorical: Sequence[str]
    folder: Path | None = None

    def table(self, rows: Index, max_bin: int, like: Table | None = None) -> Table:
        """Give the binned table of some rows."""
        target = self.log_unit_value[rows]
        table = tabulate(
            self.matrix, target, self.names, self.categorical, rows=rows, max_bin=max_bin, like=like
        )
        return table.filed(self.folder) if self.folder else table


def honest_items(items: Dataset) -> Bools:
    """Mark the items whose declared value may be learnt from and judged by."""
    columns = items.columns
    return honest_values(unit_value(columns["cif"], columns["net_kg"]), items.finding)


def honest_values(log_value: Floats, finding: NDArray[np.object_]) -> Bools:
    """Mark the rows whose declared value may be learnt from: never found false (not inspected counts).

    >>> honest_values(np.zeros(3), np.array(["value", None, "origin"], dtype=object)).tolist()
    [False, True, True]
    """
    return np.isfinite(log_value) & ~np.isin(finding.astype(str), sorted(FALSE_VALUE))


def value_objective(data: ValueRows, learn: Index, judge: Index, settings: TrainingSettings) -> Objective:
    """Give the function a study makes great: minus the mean pinball loss of the levels on `judge`."""
    table = data.table(learn, settings.max_bin)
    return ValueObjective(table, data.table(judge, settings.max_bin, table), settings)


@dataclass(frozen=True)
class ValueObjective:
    """Judges trials on later rows; other processes can be sent it where its tables are files."""

    learn: Table
    by: Table
    settings: TrainingSettings

    def __call__(self, attempt: Attempt) -> tuple[float, Mapping[str, float]]:
        """Give minus the mean pinball loss of the levels, and their numbers of trees."""
        settings = self.settings
        scores: list[float] = []
        rounds: dict[str, float] = {}
        for number, level in enumerate(settings.value_levels):

            def report(step: int, score: float, offset: int = number * settings.value_rounds) -> None:
                attempt.report(offset + step, float(np.sum([*scores, score])))

            watch = Watch(self.by, "quantile", settings.patience, settings.report_every, report)
            fitted = fit(
                self.learn, _parameters(attempt.parameters, level), settings.value_rounds,
                seed=settings.seed, threads=settings.threads, watch=watch,
            )  # fmt: skip
            scores.append(float(fitted.curve.max()))
            rounds[rounds_note(level)] = float(fitted.rounds)
        return float(np.mean(scores)), rounds


def fit_value(
    data: ValueRows,
    rows: Index,
    parameters: Mapping[str, float],
    rounds: Mapping[str, float],
    settings: TrainingSettings,
) -> tuple[Fitted, ...]:
    """Give one quantile model for each level of the settings; the rows are binned once."""
    table = data.table(rows, settings.max_bin)
    return tuple(
        fit(
            table,
            _parameters(parameters, level),
            max(round(rounds.get(rounds_note(level), _most_rounds(level, settings))), 1),
            seed=settings.seed,
            threads=settings.threads,
        )
        for level in settings.value_levels
    )


def _most_rounds(level: float, settings: TrainingSettings) -> int:
    """Outer quantiles rest on few rows: they gain nothing from the second half of the trees."""
    _, mid, _ = settings.value_levels
    return settings.value_rounds if level == mid else settings.value_rounds // 2


def rounds_note(level: float) -> str:
    """Give the name under which a trial notes the number of trees of a level."""
    return f"rounds_{level:g}"


def _parameters(parameters: Mapping[str, float], level: float) -> dict[str, float | str]:
    return {"objective": "quantile", "alpha": level, "bagging_fraction": 0.8, **parameters}
