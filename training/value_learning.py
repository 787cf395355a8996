"""Learning the value models: from items of every kind but those whose value was found false."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from scoring.booster import Booster
from scoring.value import ValueModel, unit_value
from training import value_model
from training.choice import Chosen, Studies, chosen_by, study_plan
from training.material import Prepared
from training.settings import TrainingSettings
from training.split import Boundaries, Index
from training.study import Plan, Progress, Search, search
from training.value_model import ValueRows, fit_value, honest_values, value_objective

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_FEW = 100


def learn_value(
    population: Prepared,
    bounds: Boundaries,
    settings: TrainingSettings,
    how: Studies | Chosen,
    progress: Progress,
) -> tuple[ValueModel | None, Search | None]:
    """Give the conformalised value model, None where too few values are known, and the study that chose it.

    Rows before the calibration part teach, those of that part conformalise.
    """
    columns = population.data.columns
    target = unit_value(columns["cif"], columns["net_kg"])
    recipe = population.recipe
    categorical = [name for name in recipe.value_names if name in recipe.categorical]
    data = ValueRows(population.value_matrix(), target, recipe.value_names, categorical)
    rng = np.random.default_rng(settings.seed)
    train = _some(_honest(population, target, population.end), settings.value_rows, rng)
    if len(train) < _FEW:
        return None, None
    found = None
    if isinstance(how, Studies):
        plan = study_plan(how, "value", settings, progress)
        found = _value_search(population, data, bounds, settings, plan)
    chosen = chosen_by(None, found, how)
    progress("value models", 0, 1)
    low, mid, high = (
        Booster(one.text) for one in fit_value(data, train, chosen.value, chosen.value_rounds, settings)
    )
    conform = _honest(population, target, bounds.test)
    conform = _some(conform[population.day[conform] >= bounds.calibration], settings.value_rows, rng)
    model = ValueModel.conformalise(
        (low, mid, high), data.matrix[conform], target[conform], settings.value_levels
    )
    progress("value models", 1, 1)
    return model, found


def _value_search(
    population: Prepared, data: ValueRows, bounds: Boundaries, settings: TrainingSettings, plan: Plan
) -> Search | None:
    start = min(bounds.windows[-1] if bounds.windows else bounds.calibration, population.end)
    rng = np.random.default_rng(settings.seed)
    rows = _honest(population, data.log_unit_value, bounds.calibration)
    learn_rows = _some(rows[population.day[rows] < start], settings.value_search_rows, rng)
    judge = _some(rows[population.day[rows] >= start], settings.value_search_rows, rng)
    if len(learn_rows) < _FEW or len(judge) < _FEW:
        return None
    plan = replace(
        plan,
        space=value_model.SPACE,
        first=value_model.FIRST,
        trials=settings.value_trials,
        steps=settings.value_rounds * len(settings.value_levels),
    )
    return search(plan, value_objective(data, learn_rows, judge, settings))


def _honest(population: Prepared, target: Floats, day: int) -> Index:
    """Give the rows before a day whose value nobody had found false by then, in order of time."""
    data = population.data
    found = data.finding.copy()
    found[data.known_date >= day] = None
    rows = np.flatnonzero(honest_values(target, found) & (population.day < day) & _known(data.columns, day))
    return rows[np.argsort(population.day[rows], kind="stable")].astype(np.int64)


def _known(columns: Columns, day: int) -> Bools:
    return np.asarray(columns["known_date"] < day)


def _some(rows_given: Index, most: int, rng: np.random.Generator) -> Index:
    if len(rows_given) <= most:
        return rows_given
    return np.sort(rng.choice(rows_given, most, replace=False))
