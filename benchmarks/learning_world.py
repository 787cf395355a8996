"""A simulated world as matrices: what could be learnt from when the test part starts, and what is asked then.

For benchmarks that compare ways of learning with parameters that are fixed beforehand: the same rows, labels
and features as training has, without its studies.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.trained_world import last_day, taken
from features.columns import take
from features.dataset import Dataset, labelled, population
from features.history.history import History
from features.local_time import date_of, days_of
from features.recipe import Recipe
from lifecycle.against_truth import truth_of
from scoring.booster import Booster
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.world_lake import world_tables
from training.expected_value import Priced
from training.material import Material, Prepared
from training.risk_learning import calibrated
from training.risk_model import FIRST, LabelledMatrix, fit_risk
from training.settings import TrainingSettings
from training.split import Index, Split, boundaries_of, split_by_time

Floats = NDArray[np.float64]

ROUNDS = 200
"""Trees of a booster whose parameters are those a study begins with."""

_EVERY = 10**9


def worlds_of(declarations: int) -> WorldSettings:
    """Give a benchmark's worlds: those of the environment, or of so many declarations."""
    given = "TAMIZ_SIMULATION_DECLARATIONS" in os.environ
    return WorldSettings() if given else WorldSettings(declarations=declarations)


@dataclass(frozen=True)
class LearningWorld:
    """Labelled items with their split, items of before that were inspected or not, and the items asked.

    Each data set has its matrix. `truth` has one row for each item asked.
    """

    recipe: Recipe
    split: Split
    known: Dataset
    known_matrix: Floats
    earlier: Dataset
    earlier_matrix: Floats
    asked: Dataset
    asked_matrix: Floats
    truth: pl.DataFrame

    @classmethod
    def of(
        cls, worlds: WorldSettings, settings: TrainingSettings, *, blind_to: str | None = None
    ) -> LearningWorld:
        """Simulate a world, take in what was known before its last day, and cut it as training does.

        Inspections are `blind_to` one kind of finding, if one is named: where they would name it they say
        that there was none, and labels and histories know nothing of it. The truth does.
        """
        with TemporaryDirectory(prefix="tamiz-learning-") as name:
            folder = Path(name)
            world = simulate(worlds)
            today = last_day(world)
            seen = _without(world.outcomes, blind_to) if blind_to else world.outcomes
            lake = taken(replace(world, outcomes=seen), today, folder)
            history = History.of(lake, tables=world_tables(folder))
            known = labelled(lake, history, until=today)
            every = population(lake, history, since=date_of(0), until=today, sample=_EVERY, rng=_chance())
            rows = Material(known, every, history).labelled_rows
            bounds = boundaries_of(rows, days_of(today), settings)
            snapshot = history.snapshot(date_of(bounds.calibration))
        day = every.columns["customs_date"]
        earlier, asked = every.take(day < bounds.test), every.take(day >= bounds.test)
        recipe = Recipe.fit(take(every.columns, day < bounds.calibration), snapshot=snapshot)
        matrices = [recipe.matrix(one.columns, one.history) for one in (known, earlier, asked)]
        return cls(
            recipe,
            split_by_time(rows, bounds, settings),
            known,
            matrices[0],
            earlier,
            matrices[1],
            asked,
            matrices[2],
            truth_of(asked, world.truth),
        )

    def labels(self) -> LabelledMatrix:
        """Give the labelled items as training has them by default."""
        return LabelledMatrix(
            self.known_matrix, self.known.label, self.recipe.names, self.recipe.categorical,
            revenue=self.known.revenue, finding=self.known.finding, logged=self.known.p_physical,
            priced=Priced.of(self.known.columns, self.known_matrix),
        )  # fmt: skip

    def clusters(self) -> NDArray[np.str_]:
        """Give the declaration of each item asked."""
        return self.asked.columns["declaration_id"].astype(str)

    def true(self, name: str) -> Floats:
        """Give a column of the truth of the items asked, 0 where it says nothing."""
        return self.truth[name].cast(pl.Float64).fill_null(0.0).to_numpy()

    @cached_property
    def population(self) -> Prepared:
        """The earlier items, as training has them."""
        return Prepared(self.earlier, self.recipe, self.split.boundaries.calibration, self.earlier_matrix)


Learner = Callable[[TrainingSettings, Index, int], Booster]
"""Settings, labelled rows, and the day before which they were known, to a booster."""


def from_labels(data: LabelledMatrix) -> Learner:
    """Give what learns from the labels themselves, with the parameters a study begins with."""
    return lambda settings, rows, _: Booster(fit_risk(data, rows, FIRST, ROUNDS, settings).text)


def risk_of(data: LabelledMatrix, split: Split, asked: Floats, learner: Learner, seed: int) -> Floats:
    """Give the calibrated risk of rows asked, learnt as training learns once parameters are chosen."""
    settings = TrainingSettings(seed=seed)
    first = learner(settings, split.train, split.boundaries.calibration)
    calibration = calibrated(first, data, split.calibration)
    last = learner(settings, split.refit, split.boundaries.test)
    return calibration.apply(last.predict(asked, raw=True))


def with_columns(data: LabelledMatrix, columns: dict[str, Floats]) -> LabelledMatrix:
    """Give the labelled rows with more columns."""
    matrix = np.column_stack([data.matrix, *columns.values()])
    return replace(data, matrix=matrix, names=(*data.names, *columns))


def _without(outcomes: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Give the outcomes as they would be if nobody knew that kind of finding."""
    unseen = pl.col("finding") == kind
    nothing = {"finding": "none", "illicit": 0, "critical": 0, "additional_revenue": 0.0} | dict.fromkeys(
        ("assessed_cif", "assessed_hs_code", "assessed_origin")
    )
    return outcomes.with_columns(
        pl.when(unseen).then(pl.lit(value).cast(outcomes.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in nothing.items()
        if name in outcomes.columns
    )


def _chance() -> np.random.Generator:
    return np.random.default_rng(0)
