"""The anomaly score: the share of reference rows that are less unusual."""

from __future__ import annotations

import json

import lightgbm
import numpy as np
import pytest

from scoring.anomaly import AnomalyModel, permuted
from scoring.booster import Booster
from tests.scoring.models import data, text


def test_permuted_rows_have_usual_values_in_unusual_combinations():
    matrix = np.arange(60.0).reshape(20, 3)
    shuffled = permuted(matrix, np.random.default_rng(1))
    for column, drawn in zip(matrix.T, shuffled.T, strict=True):
        assert set(drawn) <= set(column)
    assert not (shuffled == matrix).all(axis=1).any()
    assert permuted(matrix[:0], np.random.default_rng(1)).shape == (0, 3)


def test_a_broken_combination_is_more_anomalous_than_the_usual_ones():
    rng = np.random.default_rng(4)
    first = rng.normal(size=3000)
    real = np.column_stack([first, first + 0.1 * rng.normal(size=3000)])
    rows = np.vstack([real, permuted(real, rng)])
    train = lightgbm.Dataset(rows, np.repeat([0.0, 1.0], 3000))
    model = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, train, 40)
    scorer = AnomalyModel.fit(Booster(model.model_to_string()), real)
    usual, broken = scorer.score(np.array([[0.5, 0.5], [1.5, -1.5]]))
    assert usual < 0.8
    assert broken > 0.99


def test_reference_rows_are_spread_evenly_over_nought_to_one():
    matrix = data()[0]
    model = AnomalyModel.fit(Booster(text()), matrix)
    score = model.score(matrix)
    assert ((score >= 0) & (score <= 1)).all()
    assert score.mean() == pytest.approx(0.5, abs=0.01)
    assert (score < 0.9).mean() == pytest.approx(0.9, abs=0.02)


def test_json_brings_back_every_bit():
    model = AnomalyModel.fit(Booster(text()), data()[0])
    again = AnomalyModel.from_json(model.booster, json.loads(json.dumps(model.to_json())))
    assert again.score(data()[0]).tobytes() == model.score(data()[0]).tobytes()
    alone = np.concatenate([model.score(data()[0][row : row + 1]) for row in range(50)])
    assert alone.tobytes() == model.score(data()[0][:50]).tobytes()
