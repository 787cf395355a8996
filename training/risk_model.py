"""The risk model: parameters chosen on forward windows, then one binary classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.expected_value import Priced
from training.fit import Fitted, fit
from training.matrix_file import with_column
from training.settings import TrainingSettings
from training.split import Index
from training.table import Table, tabulate
from training.trial import Dimension

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


@dataclass(frozen=True)
class LabelledMatrix:
    """Feature rows with their 0/1 labels; `categorical` names the columns that hold codes.

    `weight` says how much each row counts (None: all the same), `stake` what would be owed on it, `revenue`
    what was raised, `finding` what was found, `logged` how probable its inspection was, NaN where that was
    not logged. `directions` hold 1 for a column with which the risk may only rise, -1 for one with which it
    may only fall, 0 for any other; none: all 0. Tables are files of `folder`, where there is one. `priced`
    has the rows with their unit values, None where these are to teach nothing.
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
    folder: Path | None = None
    priced: Priced | None = None

    @property
    def bounds(self) -> Mapping[str, float | str]:
        """The parameters that hold a booster to the directions; smoothing along the path would break them."""
        if not any(self.directions):
            return {}
        return {"monotone_constraints": ",".join(map(str, self.directions)), "path_smooth": 0.0}

    def table(self, rows: Index, max_bin: int, like: Table | None = None) -> Table:
        """Give the binned table of some rows."""
        table = tabulate(
            self.matrix,
            self.label[rows],
            self.names,
            self.categorical,
            rows=rows,
            weight=None if self.weight is None else self.weight[rows],
            max_bin=max_bin,
            like=like,
        )
        return table.filed(self.folder) if self.folder else table

    def learnt(
        self, rows: Index, parameters: Mapping[str, float | str], rounds: int, settings: TrainingSettings
    ) -> Fitted:
        """Give the model that some rows teach, here or on the cluster, with a fixed number of trees."""
        asked = {**parameters, **self.bounds}
        if settings.learn_on == "cluster":
            return self._learnt_on_cluster(rows, asked, rounds, settings)
        table = self.table(rows, settings.max_bin)
        return fit(table, asked, rounds, seed=settings.seed, threads=settings.threads)

    def beside(self, name: str, column: Floats) -> LabelledMatrix:
        """Give the same rows with one more column, in a file where they lie in one."""
        matrix = with_column(self.matrix, column, self.folder)
        directions = (*self.directions, 0) if self.directions else ()
        return replace(self, matrix=matrix, names=(*self.names, name), directions=directions)

    def _learnt_on_cluster(
        self, rows: Index, asked: Mapping[str, float | str], rounds: int, settings: TrainingSettings
    ) -> Fitted:
        from training.cluster_fit import Lesson, fit_on_cluster  # noqa: PLC0415  # its import takes a second

        weight = None if self.weight is None else self.weight[rows]
        lesson = Lesson(self.matrix, rows, self.label[rows], self.names, self.categorical, weight)
        return fit_on_cluster(
            settings.scheduler, lesson, asked, rounds, seed=settings.seed, max_bin=settings.max_bin
        )


def fit_risk(
    data: LabelledMatrix,
    rows: Index,
    parameters: Mapping[str, float],
    rounds: float,
    settings: TrainingSettings,
) -> Fitted:
    """Give the binary classifier learnt from `rows` with a fixed number of trees."""
    return data.learnt(rows, {"objective": "binary", **parameters}, max(round(rounds), 1), settings)
