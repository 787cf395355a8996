"""What is learnt from, as it was known, and the same as a matrix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from features.dataset import Dataset, goods_tuple, labelled, population
from features.declaration_lake import DeclarationLake
from features.history.history import History
from features.history.settings import HistorySettings
from features.local_time import date_of
from features.recipe import Recipe
from training.errors import NotEnoughDataError
from training.expected_value import Priced
from training.label_weights import label_weights
from training.matrix_file import InFile, matrix_of
from training.risk_model import LabelledMatrix
from training.settings import TrainingSettings
from training.split import Index, LabelledRows

Floats = NDArray[np.float64]

_LEAST_LABELS = 200
_NEVER = 2**31 - 1


@dataclass(frozen=True)
class Material:
    """What is learnt from: labelled items, and a sample of all items, inspected or not.

    `history` gives the strengths of smoothed rates as of the day on which learning ends. Items of
    `learn_until` or later choose and calibrate, but are not learnt from. Matrices lie in files of `folder`,
    where there is one.
    """

    labelled: Dataset
    population: Dataset
    history: History
    learn_until: int = _NEVER
    history_settings: HistorySettings | None = None
    folder: Path | None = None

    @property
    def known_date(self) -> NDArray[np.int32]:
        """The day on which a labelled item and its label were both known: the item may come after it."""
        return np.maximum(self.labelled.known_date, self.labelled.columns["known_date"])

    @property
    def labelled_rows(self) -> LabelledRows:
        """When the labelled items came, when they were known, and their goods tuples."""
        columns = self.labelled.columns
        teaches = np.asarray(columns["customs_date"] < self.learn_until)
        return LabelledRows(columns["customs_date"], self.known_date, goods_tuple(columns), teaches)


def known_material(
    lake: DeclarationLake, history: History, settings: TrainingSettings, until: date, folder: Path | None
) -> Material:
    """Give what was known of a lake before a day; raises NotEnoughDataError."""
    remembered = InFile(history, folder) if folder else history
    known = labelled(lake, remembered, until=until)
    if len(known) < _LEAST_LABELS:
        raise NotEnoughDataError(
            f"{len(known)} items have a known outcome, {_LEAST_LABELS} are needed",
            remedy="ingest outcomes of inspections: tamiz outcomes FILE",
        )
    rng = np.random.default_rng(settings.seed)
    items = population(
        lake, remembered, since=date_of(0), until=until, sample=settings.population_rows, rng=rng
    )
    return Material(known, items, history, history_settings=history.settings, folder=folder)


class Prepared:
    """A data set with its matrix, in a file of `folder` if there is one; it is learnt from before a day."""

    def __init__(
        self,
        data: Dataset,
        recipe: Recipe,
        end: int,
        matrix: Floats | None = None,
        folder: Path | None = None,
    ) -> None:
        self.data = data
        self.end = end
        self.recipe = recipe
        self.day = data.columns["customs_date"]
        self.folder = folder
        self.matrix = matrix_of(data, recipe, folder) if matrix is None else matrix

    @cached_property
    def priced(self) -> Priced:
        """The rows with their unit values."""
        return Priced.of(self.data.columns, self.matrix)

    def uninspected(self, day: int) -> Index:
        """Give the items that were known before a day, without an outcome that was, too."""
        data = self.data
        unknown = np.isnan(data.label) | (data.known_date >= day)
        return np.flatnonzero((self.day < day) & (data.columns["known_date"] < day) & unknown)

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
            folder=self.folder,
            priced=self.priced,
        )

    def value_matrix(self) -> Floats:
        names = list(self.recipe.names)
        return self.matrix[:, [names.index(name) for name in self.recipe.value_names]]
