"""The risk model learnt again with its own parameters: by other seeds, or from labels that mean nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from training.learn import Learnt
from training.risk_model import LabelledMatrix, fit_risk
from training.settings import TrainingSettings

Floats = NDArray[np.float64]


def learnt_again(data: LabelledMatrix, learnt: Learnt, matrix: Floats, settings: TrainingSettings) -> Floats:
    """Give the raw scores of the rows of `matrix` by a model learnt as `learnt` was, from `data`.

    `data` holds every labelled row, in the order of `learnt.split`; seeds are those of the settings.
    """
    if learnt.split is None:
        return np.zeros(len(matrix))
    rows = learnt.split.refit if settings.refit else learnt.split.train
    fitted = fit_risk(data, rows, learnt.chosen.risk, learnt.chosen.risk_rounds, settings)
    return Booster(fitted.text).predict(matrix, raw=True)
