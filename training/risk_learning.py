"""Learning the risk model: parameters by a study, a booster, its calibration, and all of it once more."""

from __future__ import annotations

from dataclasses import dataclass
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
from training.risk_learner import RiskLearner
from training.risk_model import LabelledMatrix
from training.risk_objective import risk_objective, usable_windows
from training.settings import TrainingSettings
from training.split import Index, Split
from training.study import search
from training.trial import Progress, Search

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LearntRisk:
    """A risk model, the one that knew nothing of the calibration part, what learnt their boosters, the study.

    The calibration is learnt with `earlier`, and kept when the booster is learnt again with that part.
    """

    model: RiskModel
    earlier: RiskModel
    learner: RiskLearner
    search: Search | None


def learn_risk(
    labelled: Prepared,
    population: Prepared,
    split: Split,
    settings: TrainingSettings,
    how: Studies | Chosen,
    *,
    progress: Progress,
) -> LearntRisk:
    """Give the risk model, and all that it was made with. Raises NotEnoughDataError."""
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
    learner = RiskLearner.of(data, split, population, settings, chosen_by(found, None, how))
    first = learner.first()
    calibration = calibrated(first, data, split.calibration)
    final = learner.final() if settings.refit else first
    progress("risk model", 1, 1)
    return LearntRisk(RiskModel(final, calibration), RiskModel(first, calibration), learner, found)


def calibrated(booster: Booster, data: LabelledMatrix, part: Index) -> Calibration:
    """Give the calibration of a booster by labelled rows that it knows nothing of.

    Its shape is that of all of them; its level is drawn to that of the rows whose probability of inspection
    was logged, each standing for the items that had the same.
    """
    raw, label = by_parts(partial(booster.predict, raw=True), data.matrix, part), data.label[part]
    weight = None if data.weight is None else data.weight[part]
    calibration = Calibration.fit(raw, label, weight)
    if data.logged is None:
        return calibration
    logged = data.logged[part]
    known = np.nan_to_num(logged) > 0
    return calibration.levelled(raw[known], label[known], standing_for(logged[known]))


def standing_for(probability: Floats) -> Floats:
    """Give the inverses of probabilities, in all as much as the rows that as many equal ones would be worth.

    >>> standing_for(np.array([0.1, 0.1, 0.1])), standing_for(np.array([0.01, 1.0])).round(3)
    (array([1., 1., 1.]), array([1.01, 0.01]))
    """
    inverse = 1 / probability
    return np.asarray(inverse * inverse.sum() / (inverse**2).sum() if len(inverse) else inverse)
