"""Learning a scorer from labelled items and from the population, by parts in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, take
from features.dataset import Dataset, goods_tuple
from features.history import History
from features.history_settings import HistorySettings
from features.recipe import Recipe
from scoring.anomaly import AnomalyModel
from scoring.booster import Booster
from scoring.calibration import Calibration
from scoring.revenue import RevenueModel
from scoring.risk import RiskModel
from scoring.scorer import Scorer
from scoring.thresholds import Thresholds
from scoring.value import ValueModel, unit_value
from training import risk_model, value_model
from training.anomaly_model import fit_anomaly
from training.errors import NotEnoughDataError
from training.risk_model import LabelledMatrix, fit_risk, risk_objective, usable_windows
from training.settings import TrainingSettings
from training.split import Boundaries, Index, LabelledRows, Split, split_by_time
from training.study import Plan, Progress, Search, search, silent
from training.value_model import ValueRows, fit_value, honest_values, value_objective

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_ROUNDS_WITHOUT_STUDY = 60.0
_NEVER = 2**31 - 1
_FEW = 100


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


@dataclass(frozen=True)
class Studies:
    """Where and how studies run: storage, name, whether to resume, and the clock of the timeout."""

    storage: str
    name: str
    clock: Callable[[], float]
    resume: bool = False
    fingerprint: str = ""


@dataclass(frozen=True)
class Chosen:
    """Parameters and numbers of trees that were chosen: of the risk model and of the value models."""

    risk: Mapping[str, float]
    risk_rounds: float
    value: Mapping[str, float]
    value_rounds: Mapping[str, float]


@dataclass(frozen=True)
class Learnt:
    """A scorer, how it was chosen, and the parts it was learnt from; no risk model without labels."""

    scorer: Scorer
    boundaries: Boundaries
    split: Split | None
    chosen: Chosen
    searches: tuple[Search, ...]


def learn(
    material: Material,
    boundaries: Boundaries,
    settings: TrainingSettings,
    how: Studies | Chosen,
    progress: Progress = silent,
) -> Learnt:
    """Give a scorer learnt from rows that were known when its part of time ended.

    `how` is either where to search for parameters, or parameters that were chosen before. The recipe, the
    value and the anomaly model learn from items before the calibration part; the risk model too, and then,
    by the settings, once more with that part. Raises NotEnoughDataError.
    """
    rng = np.random.default_rng(settings.seed)
    end = min(boundaries.calibration, material.learn_until)
    recipe = _recipe(material, end)
    population = _Prepared(material.population, recipe, end)
    value, value_found = _value(population, boundaries, settings, how, progress)
    scorer = Scorer(recipe=recipe, value=value)
    if not len(material.labelled.label):
        return Learnt(scorer, boundaries, None, _chosen(None, value_found, how), _searches(value_found))
    split = split_by_time(material.labelled_rows, boundaries, settings)
    labelled = _Prepared(material.labelled, recipe, end)
    hurried = (
        settings.model_copy(update={"trials": 1}) if value_found and value_found.interrupted else settings
    )
    risk, risk_found = _risk(labelled, split, hurried, how, progress)
    progress("anomaly model", 0, 1)
    scorer = replace(
        scorer,
        risk=risk,
        anomaly=_anomaly(population, boundaries, settings, rng),
        revenue=_revenue(material.labelled, labelled, split, scorer),
    )
    scorer = replace(scorer, thresholds=_thresholds(population, boundaries, scorer, settings))
    progress("anomaly model", 1, 1)
    return Learnt(
        scorer, boundaries, split, _chosen(risk_found, value_found, how), _searches(value_found, risk_found)
    )


class _Prepared:
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


def _recipe(material: Material, end: int) -> Recipe:
    population = material.population.columns
    train = population["customs_date"] < end
    if not train.any():
        raise NotEnoughDataError("no items before the calibration part", remedy="ingest more months of items")
    snapshot = material.history.snapshot(_date(end))
    return Recipe.fit(take(population, train), snapshot=snapshot, settings=material.history_settings)


def _value(
    population: _Prepared,
    bounds: Boundaries,
    settings: TrainingSettings,
    how: Studies | Chosen,
    progress: Progress,
) -> tuple[ValueModel | None, Search | None]:
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
        plan = _plan(how, "value", settings, progress)
        found = _value_search(population, data, bounds, settings, plan)
    chosen = _chosen(None, found, how)
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
    population: _Prepared, data: ValueRows, bounds: Boundaries, settings: TrainingSettings, plan: Plan
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


def _honest(population: _Prepared, target: Floats, day: int) -> Index:
    """Give the rows before a day whose value nobody had found false by then, in order of time."""
    data = population.data
    found = data.finding.copy()
    found[data.known_date >= day] = None
    rows = np.flatnonzero(honest_values(target, found) & (population.day < day) & _known(data.columns, day))
    return rows[np.argsort(population.day[rows], kind="stable")].astype(np.int64)


def _known(columns: Columns, day: int) -> Bools:
    return np.asarray(columns["known_date"] < day)


def _risk(
    labelled: _Prepared, split: Split, settings: TrainingSettings, how: Studies | Chosen, progress: Progress
) -> tuple[RiskModel, Search | None]:
    data = labelled.labelled_matrix()
    if len(np.unique(data.label[split.train])) < 2:
        raise NotEnoughDataError(
            "the training part does not hold both licit and illicit items with known outcomes",
            remedy="ingest more outcomes, or more months of them",
        )
    found = None
    if isinstance(how, Studies) and usable_windows(data.label, split):
        plan = _plan(how, "risk", settings, progress)
        found = search(plan, risk_objective(data, split, settings))
    chosen = _chosen(found, None, how)
    progress("risk model", 0, 1)
    first = Booster(fit_risk(data, split.train, chosen.risk, chosen.risk_rounds, settings).text)
    raw = first.predict(data.matrix[split.calibration], raw=True)
    calibration = Calibration.fit(raw, data.label[split.calibration])
    final = (
        Booster(fit_risk(data, split.refit, chosen.risk, chosen.risk_rounds, settings).text)
        if settings.refit
        else first
    )
    progress("risk model", 1, 1)
    return RiskModel(final, calibration), found


def _anomaly(
    population: _Prepared, bounds: Boundaries, settings: TrainingSettings, rng: np.random.Generator
) -> AnomalyModel:
    recipe = population.recipe
    train = population.matrix[population.day < population.end]
    fitted = fit_anomaly(train, recipe.names, recipe.categorical, settings, rng)
    recent = population.matrix[(population.day >= bounds.calibration) & (population.day < bounds.test)]
    reference = recent if len(recent) >= _FEW else train
    return AnomalyModel.fit(Booster(fitted.text), reference[-settings.reference_rows :])


def _revenue(data: Dataset, labelled: _Prepared, split: Split, scorer: Scorer) -> RevenueModel:
    rows_used = split.refit[data.label[split.refit] == 1]
    columns = take(data.columns, rows_used)
    mid = scorer.score_matrix(labelled.matrix[rows_used], columns).value_mid
    return RevenueModel.fit(data.revenue[rows_used], columns["cif"], columns["tax_rate_pct"], mid)


def _thresholds(
    population: _Prepared, bounds: Boundaries, scorer: Scorer, settings: TrainingSettings
) -> Thresholds:
    """Take them from the newest declarations of the population, whole ones, inspected or not."""
    order = np.argsort(population.day, kind="stable")
    recent = order[population.day[order] >= bounds.calibration]
    chosen = recent[-settings.reference_rows :] if len(recent) >= _FEW else order[-settings.reference_rows :]
    columns = take(population.data.columns, chosen)
    scores = scorer.score_matrix(population.matrix[chosen], columns)
    return Thresholds.fit(columns["declaration_id"], scores.risk, scores.expected_revenue)


def _plan(how: Studies, what: str, settings: TrainingSettings, progress: Progress) -> Plan:
    return Plan(
        name=f"{how.name}-{what}",
        space=risk_model.SPACE,
        first=risk_model.FIRST,
        trials=settings.trials,
        seed=settings.seed,
        storage=how.storage,
        clock=how.clock,
        timeout=settings.timeout_seconds,
        resume=how.resume,
        pruner=settings.pruner,
        steps=settings.rounds * settings.forward_windows,
        fingerprint=how.fingerprint,
        progress=progress,
    )


def _chosen(risk: Search | None, value: Search | None, how: Studies | Chosen) -> Chosen:
    if isinstance(how, Chosen):
        return how
    return Chosen(
        risk=risk.best.parameters if risk else risk_model.FIRST,
        risk_rounds=risk.best.notes["rounds"] if risk else _ROUNDS_WITHOUT_STUDY,
        value=value.best.parameters if value else value_model.FIRST,
        value_rounds=value.best.notes if value else {},
    )


def _searches(*found: Search | None) -> tuple[Search, ...]:
    return tuple(one for one in found if one is not None)


def _some(rows_given: Index, most: int, rng: np.random.Generator) -> Index:
    if len(rows_given) <= most:
        return rows_given
    return np.sort(rng.choice(rows_given, most, replace=False))


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)
