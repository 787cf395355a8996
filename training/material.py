"""What is learnt from, as it was known, and the same as a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.dataset import Dataset, goods_tuple
from features.history.history import History
from features.history.settings import HistorySettings
from features.recipe import Recipe
from training.risk_model import LabelledMatrix
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

    def __init__(self, data: Dataset, recipe: Recipe, end: int) -> None:
        self.data = data
        self.end = end
        self.recipe = recipe
        self.day = data.columns["customs_date"]
        self.matrix = recipe.matrix(data.columns, data.history)

    def labelled_matrix(self) -> LabelledMatrix:
        return LabelledMatrix(self.matrix, self.data.label, self.recipe.names, self.recipe.categorical)

    def value_matrix(self) -> Floats:
        names = list(self.recipe.names)
        return self.matrix[:, [names.index(name) for name in self.recipe.value_names]]
