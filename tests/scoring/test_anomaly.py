"""The anomaly score: the share of reference rows that are less unusual."""

from __future__ import annotations

import json

import numpy as np
import pytest

from scoring.anomaly import AnomalyModel
from scoring.booster import Booster
from tests.scoring.models import data, text


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


def test_contributions_add_up_to_what_the_booster_says():
    matrix = data()[0][:40]
    model = AnomalyModel.fit(Booster(text()), data()[0])
    raw = model.booster.predict(matrix, raw=True)
    assert model.contributions(matrix).sum(axis=1) == pytest.approx(raw)
