"""Learning the risk model: parameters by a study, a booster, its calibration, and all of it once more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.calibration import Calibration
from scoring.risk import RiskModel
from training.choice import Chosen, Studies, chosen_by, study_plan
from training.errors import NotEnoughDataError
from training.material import Prepared
from training.matrix_file import by_parts
from training.risk_model import LabelledMatrix, fit_risk
from training.risk_objective import risk_objective, usable_windows
from training.settings import TrainingSettings
from training.split import Index, Split
from training.study import search
from training.teacher import LEAST_UNINSPECTED, Teacher, kinds_of
from training.trial import Progress, Search

Floats = NDArray[np.float64]
Learner = Callable[[Index, int], Booster]


def learn_risk(
    labelled: Prepared,
    population: Prepared,
    split: Split,
    settings: TrainingSettings,
    how: Studies | Chosen,
    *,
    progress: Progress,
) -> tuple[RiskModel, RiskModel, Search | None]:
    """Give the calibrated risk model, the one that knew nothing of the calibration part, and the study.

    The calibration is learnt with the latter, and kept when the booster is learnt again with that part.
    Raises NotEnoughDataError.
    """
    data = labelled.labelled_matrix(settings)
    if len(np.unique(data.label[split.train])) < 2:
        raise NotEnoughDataError(
            "the training part does not hold both licit and illicit items with known outcomes",
            remedy="ingest more outcomes, or more months of them",
        )
    found = None
    if isinstance(how, Studies) and usable_windows(data.label, split):
        plan = study_plan(how, "risk", settings, progress)
        found = search(plan, risk_objective(data, split, settings))
    progress("risk model", 0, 1)
    learner = risk_learner(data, split, population, settings, chosen_by(found, None, how))
    first = learner(split.train, split.boundaries.calibration)
    part = split.calibration
    weight = None if data.weight is None else data.weight[part]
    said = by_parts(partial(first.predict, raw=True), data.matrix, part)
    calibration = Calibration.fit(said, data.label[part], weight)
    final = learner(split.refit, split.boundaries.test) if settings.refit else first
    progress("risk model", 1, 1)
    return RiskModel(final, calibration), RiskModel(first, calibration), found


def risk_learner(
    data: LabelledMatrix, split: Split, population: Prepared, settings: TrainingSettings, chosen: Chosen
) -> Learner:
    """Give the function that learns a booster from labelled rows and what else was known before a day.

    It is taught by boosters of each kind of finding where the settings ask for that, more than one kind was
    found, and uninspected items are many; else it learns from the labels.
    """
    kinds = kinds_of(data, split.train) if settings.taught_by_kinds else {}
    enough = LEAST_UNINSPECTED * len(split.train)
    if not kinds or len(uninspected(population, split.boundaries.calibration)) < enough:
        return lambda rows, _: Booster(fit_risk(data, rows, chosen.risk, chosen.risk_rounds, settings).text)
    teacher = Teacher.of(data, split, chosen.risk, settings)
    matrix = population.matrix
    return lambda rows, day: Booster(teacher.teach(rows, matrix, uninspected(population, day)).text)


def uninspected(population: Prepared, day: int) -> Index:
    """Give the items that were known before a day, without an outcome that was, too."""
    data = population.data
    unknown = np.isnan(data.label) | (data.known_date >= day)
    known = data.columns["known_date"] < day
    return np.flatnonzero((population.day < day) & known & unknown)
