"""What is learnt from, as it was known, and the same as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.dataset import Dataset, goods_tuple
from features.history.history import History
from features.history.settings import HistorySettings
from features.recipe import Recipe
from training.label_weights import label_weights
from training.risk_model import LabelledMatrix
from training.settings import TrainingSettings
from training.split import LabelledRows

Floats = NDArray[np.float64]

_NEVER = 2**31 - 1


@dataclass(frozen=True)
class Material:
    """What is learnt from: labelled items, and a sample of all items, inspected or not.

    `history` gives the strengths of smoothed rates as of the day on which learning ends. Items of
    `learn_until` or later choose and calibrate, but are not learnt from.
    """

    labelled: Dataset
    population: Dataset
    history: History
    learn_until: int = _NEVER
    history_settings: HistorySettings | None = None

    @property
    def labelled_rows(self) -> LabelledRows:
        """When the labelled items came, when they were known, and their goods tuples."""
        columns = self.labelled.columns
        teaches = np.asarray(columns["customs_date"] < self.learn_until)
        return LabelledRows(columns["customs_date"], self.labelled.known_date, goods_tuple(columns), teaches)


class Prepared:
    """A data set with its matrix, and the day before which it is learnt from."""

    def __init__(self, data: Dataset, recipe: Recipe, end: int, matrix: Floats | None = None) -> None:
        self.data = data
        self.end = end
        self.recipe = recipe
        self.day = data.columns["customs_date"]
        self.matrix = recipe.matrix(data.columns, data.history) if matrix is None else matrix

    def labelled_matrix(self, settings: TrainingSettings) -> LabelledMatrix:
        """Give the labelled rows as the settings have them weighed and held to directions."""
        columns = self.data.columns
        return LabelledMatrix(
            self.matrix,
            self.data.label,
            self.recipe.names,
            self.recipe.categorical,
            weight=label_weights(self.data.p_physical, settings),
            stake=np.nan_to_num(columns["cif"] * columns["tax_rate_pct"] / 100.0),
            revenue=self.data.revenue,
            finding=self.data.finding,
            logged=self.data.p_physical,
            directions=self.recipe.directions if settings.monotone else (),
        )

    def value_matrix(self) -> Floats:
        names = list(self.recipe.names)
        return self.matrix[:, [names.index(name) for name in self.recipe.value_names]]
