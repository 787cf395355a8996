"""Labels exist for inspected items alone: what helps against that, judged by the truth on every item.

In these worlds only random inspections have a logged probability; the office's own choices have none, and
stand for themselves. How the figures are made: `benchmarks.ways`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning_world import ROUNDS, LearningWorld, with_columns
from benchmarks.ways import SEEDS, Lesson, Way, compared
from scoring.booster import Booster
from scoring.value import unit_value
from simulation.settings import WorldSettings
from training.anomaly_model import fit_anomaly
from training.fit import fit
from training.label_weights import label_weights
from training.risk_model import FIRST
from training.settings import TrainingSettings
from training.table import tabulate
from training.teacher import REST, Teacher

Floats = NDArray[np.float64]

SETTINGS = TrainingSettings()

_PROPENSITY: Mapping[str, float | str] = {
    "objective": "binary", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 200,
    "feature_fraction": 0.5, "bagging_fraction": 0.5,
}  # fmt: skip
_ENCODER: Mapping[str, float | str] = {
    "objective": "regression", "learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 50,
    "feature_fraction": 0.7, "bagging_fraction": 0.7,
}  # fmt: skip
_ENCODER_ROUNDS = 150


def run(seeds: Sequence[int] = SEEDS, worlds: WorldSettings | None = None) -> dict[str, object]:
    """Give the figures of the naive way, and what every other way changes of them."""
    return compared(WAYS, seeds, worlds)


def _naive(world: LearningWorld) -> Lesson:
    return Lesson(world.labels(), world.split, world.asked_matrix)


def _logged(most: float) -> Way:
    """Weights by the logged probabilities, as the setting has them."""
    settings = SETTINGS.model_copy(update={"label_weights": "logged", "most_weight": most})

    def way(world: LearningWorld) -> Lesson:
        weight = label_weights(world.known.p_physical, settings)
        return Lesson(replace(world.labels(), weight=weight), world.split, world.asked_matrix)

    return way


def _estimated(most: float) -> Way:
    """Weights by the probability of inspection that the earlier items show, stabilised by their share."""

    def way(world: LearningWorld) -> Lesson:
        label = (~np.isnan(world.earlier.label)).astype(np.float64)
        rows = world.earlier.columns["customs_date"] < world.split.boundaries.calibration
        names, codes = world.recipe.names, world.recipe.categorical
        table = tabulate(world.earlier_matrix[rows], label[rows], names, codes)
        booster = Booster(fit(table, _PROPENSITY, 100, seed=1).text)
        share = label[rows].mean() / np.maximum(booster.predict(world.known_matrix), 1e-6)
        weight = np.clip(share, 1 / most, most)
        return Lesson(replace(world.labels(), weight=weight / weight.mean()), world.split, world.asked_matrix)

    return way


def _random_alone(world: LearningWorld) -> Lesson:
    drawn = ~np.isnan(world.known.p_physical)
    parts = {name: _only(getattr(world.split, name), drawn) for name in ("train", "calibration", "refit")}
    return Lesson(world.labels(), replace(world.split, **parts), world.asked_matrix)


def _calibrated_on_random(world: LearningWorld) -> Lesson:
    """Everything teaches, random inspections alone calibrate."""
    drawn = _only(world.split.calibration, ~np.isnan(world.known.p_physical))
    return Lesson(world.labels(), replace(world.split, calibration=drawn), world.asked_matrix)


def _level_of_all(world: LearningWorld) -> Lesson:
    """All labels alike say how high the risk is, not the random inspections."""
    return Lesson(replace(world.labels(), logged=None), world.split, world.asked_matrix)


def _only(rows: NDArray[np.int64], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    return rows[chosen[rows]]


def _anomaly(world: LearningWorld) -> Lesson:
    """How unlike the usual an item is, by a model of all earlier items, is one more column."""
    rows = world.earlier.columns["customs_date"] < world.split.boundaries.calibration
    names, codes = world.recipe.names, world.recipe.categorical
    fitted = fit_anomaly(world.earlier_matrix[rows], names, codes, SETTINGS, np.random.default_rng(1))
    return _with(world, lambda matrix, _: {"anomaly": Booster(fitted.text).predict(matrix, raw=True)})


def _encoder(world: LearningWorld) -> Lesson:
    """How far the unit value lies from what a model of uninspected items expects is one more column."""
    chosen = np.isnan(world.earlier.label) & (
        world.earlier.columns["customs_date"] < world.split.boundaries.calibration
    )
    target = unit_value(world.earlier.columns["cif"], world.earlier.columns["net_kg"])
    chosen &= np.isfinite(target)
    names = list(world.recipe.names)
    place = [names.index(name) for name in world.recipe.value_names]
    codes = [name for name in world.recipe.value_names if name in world.recipe.categorical]
    table = tabulate(world.earlier_matrix[chosen][:, place], target[chosen], world.recipe.value_names, codes)
    booster = Booster(fit(table, _ENCODER, _ENCODER_ROUNDS, seed=1).text)

    def residual(matrix: Floats, value: Floats) -> dict[str, Floats]:
        return {"value_residual": value - booster.predict(np.ascontiguousarray(matrix[:, place]))}

    return _with(world, residual)


def _taught(*, by_kinds: bool, shown: bool = False) -> Way:
    """One booster learns from uninspected items what boosters say of them that learnt from labels.

    These are `shown` how far the unit value lies from the expected one, or not.
    """

    def way(world: LearningWorld) -> Lesson:
        data = world.labels() if shown else replace(world.labels(), priced=None)

        def learner(settings: TrainingSettings, rows: NDArray[np.int64], day: int) -> Booster:
            teacher = Teacher.of(data, world.split, world.population, FIRST, settings)
            return Booster(
                (teacher if by_kinds else replace(teacher, rounds={REST: ROUNDS})).teach(rows, day).text
            )

        return Lesson(data, world.split, world.asked_matrix, learner)

    return way


def _with(world: LearningWorld, columns: Callable[[Floats, Floats], dict[str, Floats]]) -> Lesson:
    known, asked = (
        columns(matrix, unit_value(part.columns["cif"], part.columns["net_kg"]))
        for matrix, part in ((world.known_matrix, world.known), (world.asked_matrix, world.asked))
    )
    more = np.column_stack([world.asked_matrix, *asked.values()])
    return Lesson(with_columns(world.labels(), known), world.split, more)


WAYS: Mapping[str, Way] = {
    "inspected items as they come": _naive,
    "logged probabilities, weights to 50": _logged(50.0),
    "logged probabilities, weights to 10": _logged(10.0),
    "logged probabilities, weights to 3": _logged(3.0),
    "estimated probabilities, weights to 5": _estimated(5.0),
    "random inspections alone": _random_alone,
    "random inspections alone calibrate": _calibrated_on_random,
    "the level of the risk from all inspections": _level_of_all,
    "taught on uninspected items by a booster of all findings": _taught(by_kinds=False),
    "taught on uninspected items by boosters of each kind": _taught(by_kinds=True),
    "the same, shown how far unit values lie from expected ones": _taught(by_kinds=True, shown=True),
    "anomaly of all items as a feature": _anomaly,
    "unit value learnt from uninspected items as a feature": _encoder,
}
"""Ways of learning; all but the first are given as changes of it."""
