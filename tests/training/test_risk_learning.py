"""Calibration of the risk: shape of all labels, level of those whose inspection had a known probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.booster import Booster
from training.risk_learning import calibrated, standing_for
from training.risk_model import FIRST, LabelledMatrix, fit_risk
from training.settings import TrainingSettings

ROWS = 6000


def targeted() -> tuple[LabelledMatrix, np.ndarray]:
    """Every other row a random inspection; the others were picked by what the matrix does not hold."""
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(ROWS, 3))
    random = np.arange(ROWS) % 2 == 0
    odds = matrix[:, 0] - np.where(random, 3.0, 2.0)
    label = (rng.random(ROWS) < 1 / (1 + np.exp(-odds))).astype(float)
    logged = np.where(random, 0.02, np.nan)
    return LabelledMatrix(matrix, label, ("a", "b", "c"), (), logged=logged), random


def test_the_level_is_that_of_random_inspections_where_these_are_known() -> None:
    data, random = targeted()
    rows = np.arange(ROWS)
    booster = Booster(fit_risk(data, rows[: ROWS // 2], FIRST, 40, TrainingSettings()).text)
    part = rows[ROWS // 2 :]
    raw, drawn = booster.predict(data.matrix[part], raw=True), random[part]
    level = calibrated(booster, data, part).apply(raw)[drawn].mean()
    plain = calibrated(booster, replace(data, logged=None), part)
    true = data.label[part][drawn].mean()
    assert abs(level - true) < 0.015 < plain.apply(raw)[drawn].mean() - true


def test_the_level_stays_where_no_probability_was_logged() -> None:
    data, _ = targeted()
    part = np.arange(ROWS)
    booster = Booster(fit_risk(data, part, FIRST, 40, TrainingSettings()).text)
    unknown = replace(data, logged=np.full(ROWS, np.nan))
    assert calibrated(booster, unknown, part) == calibrated(booster, replace(data, logged=None), part)


def test_rows_that_stand_for_many_count_less_by_number_than_as_many_equal_ones() -> None:
    assert standing_for(np.full(50, 0.1)).sum() == 50.0
    mixed = standing_for(np.r_[np.full(40, 1.0), np.full(10, 0.01)])
    assert 10.0 < mixed.sum() < 11.0
