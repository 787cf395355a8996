"""Learning the value models: from items of every kind but those whose value was found false."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, take
from scoring.booster import Booster
from scoring.known_values import NAMES, KnownValues
from scoring.value import ValueModel, unit_value
from training import value_model
from training.choice import Chosen, Studies, chosen_by, study_plan
from training.material import Prepared
from training.settings import TrainingSettings
from training.split import Boundaries, Index, some_of
from training.study import search
from training.trial import Plan, Progress, Search
from training.value_model import ValueRows, fit_value, honest_values, value_objective
from training.value_past import numbered
from training.value_rows import Parts, ValueMaterial

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CONFORM_SHARE = 0.1
"""Share of the declarations that conformalise where no days of their own do."""

CONFORM_GOODS = 0.04
"""Share of the subheadings that conformalise wholly then, so that some goods are new to what was learnt."""

_FEW = 100


def learn_value(
    population: Prepared,
    bounds: Boundaries,
    settings: TrainingSettings,
    how: Studies | Chosen,
    progress: Progress,
    *,
    learn_until: int,
) -> tuple[ValueModel | None, Search | None]:
    """Give the conformalised value model, None where too few values are known, and the study that chose it.

    Rows before the calibration part teach, those of that part conformalise. Where days cannot tell the two
    apart (a month's statistics bear one day) chance does. By the settings (`refit`) the known unit values are
    at last those of all of them before `learn_until`; boosters and offsets stay as they were.
    """
    columns = population.data.columns
    target = unit_value(columns["cif"], columns["net_kg"])
    rng = np.random.default_rng(settings.seed)
    parts = _parts(population, target, bounds, rng)
    if min(len(parts.learn), len(parts.conform)) < _FEW:
        return None, None
    lesson = _Lesson.of(population, target, parts, settings, rng)
    found = None
    if isinstance(how, Studies):
        plan = study_plan(how, "value", settings, progress)
        found = _value_search(population.day[lesson.rows], lesson.data, bounds, settings, plan)
    chosen = chosen_by(None, found, how)
    progress("value models", 0, 2)
    model = lesson.learnt(chosen, settings)
    model = model.conformalised(lesson.material.conform(some_of(parts.conform, settings.value_rows, rng)))
    progress("value models", 1, 2)
    if settings.refit:
        rows = parts.all_before(population.day, learn_until)
        model = replace(model, known=KnownValues.of(take(columns, rows), target[rows]))
    progress("value models", 2, 2)
    return model, found


@dataclass(frozen=True)
class _Lesson:
    """Rows that learn, as the boosters see them: `rows` once, in order of time, then some as goods unseen."""

    material: ValueMaterial
    rows: Index
    data: ValueRows

    @classmethod
    def of(
        cls,
        population: Prepared,
        target: Floats,
        parts: Parts,
        settings: TrainingSettings,
        rng: np.random.Generator,
    ) -> _Lesson:
        material = ValueMaterial(population, target, parts, rng)
        rows = some_of(parts.learn, settings.value_rows, rng)
        seen, recipe = material.lesson(rows, rng), population.recipe
        categorical = [name for name in recipe.value_names if name in recipe.categorical]
        names = (*recipe.value_names, *NAMES)
        data = ValueRows(seen.inputs, seen.log_unit_value, names, categorical, population.folder)
        return cls(material, rows, data)

    def learnt(self, chosen: Chosen, settings: TrainingSettings) -> ValueModel:
        everything = np.arange(len(self.data.log_unit_value))
        models = fit_value(self.data, everything, chosen.value, chosen.value_rounds, settings)
        low, mid, high = (Booster(one.text) for one in models)
        known, grouping = self.material.known, self.material.grouping
        return ValueModel((low, mid, high), known, settings.value_levels, grouping=grouping)


def _value_search(
    day: NDArray[np.int32], data: ValueRows, bounds: Boundaries, settings: TrainingSettings, plan: Plan
) -> Search | None:
    """Search on the rows that are shown once, which come first and in order of time; `day` is of each."""
    rng = np.random.default_rng(settings.seed)
    start = bounds.windows[-1] if bounds.windows else bounds.calibration
    learn_rows = some_of(np.flatnonzero(day < start), settings.value_search_rows, rng)
    judge = some_of(np.flatnonzero(day >= start), settings.value_search_rows, rng)
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


def _parts(population: Prepared, target: Floats, bounds: Boundaries, rng: np.random.Generator) -> Parts:
    """Tell by their day the rows that learn from those that conformalise, by chance where days cannot."""
    learn = _honest(population, target, population.end)
    known = _honest(population, target, bounds.test)
    conform = known[population.day[known] >= bounds.calibration]
    if min(len(learn), len(conform)) >= _FEW:
        return Parts(learn, conform)
    return _drawn(population, learn if len(learn) else known, rng)


def _drawn(population: Prepared, rows: Index, rng: np.random.Generator) -> Parts:
    """Draw whole declarations, and all of some subheadings."""
    columns = population.data.columns
    declaration = numbered(columns["declaration_id"][rows].tolist())
    goods = numbered([code[:6] for code in columns["hs_code"][rows].tolist()])
    apart = rng.random(int(declaration.max(initial=0)) + 1)[declaration] < CONFORM_SHARE
    apart |= rng.random(int(goods.max(initial=0)) + 1)[goods] < CONFORM_GOODS
    return Parts(rows[~apart], rows[apart])


def _honest(population: Prepared, target: Floats, day: int) -> Index:
    """Give the rows before a day whose value nobody had found false by then, in order of time."""
    data = population.data
    found = data.finding.copy()
    found[data.known_date >= day] = None
    rows = np.flatnonzero(honest_values(target, found) & (population.day < day) & _known(data.columns, day))
    return rows[np.argsort(population.day[rows], kind="stable")].astype(np.int64)


def _known(columns: Columns, day: int) -> Bools:
    return np.asarray(columns["known_date"] < day)
