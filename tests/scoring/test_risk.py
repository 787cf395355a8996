"""The risk model and its contributions."""

from __future__ import annotations

import numpy as np
import pytest

from scoring.booster import Booster
from scoring.calibration import IDENTITY, Calibration
from scoring.contributions import checked
from scoring.errors import ContributionError
from scoring.risk import RiskModel
from tests.scoring.models import data, text


def test_the_risk_without_calibration_is_the_boosters_own_probability():
    model = RiskModel(Booster(text()), IDENTITY)
    np.testing.assert_allclose(model.risk(data()[0]), model.booster.predict(data()[0]), atol=1e-11)


def test_calibration_keeps_the_order_and_contributions_add_up_to_the_raw_score():
    model = RiskModel(Booster(text()), Calibration(0.5, 1.5, -0.3))
    matrix = data()[0]
    order = np.argsort(model.raw(matrix))
    assert (np.diff(model.risk(matrix)[order]) >= 0).all()
    np.testing.assert_allclose(
        model.contributions(matrix, model.raw(matrix)).sum(axis=1), model.raw(matrix), atol=1e-9
    )


@pytest.mark.parametrize("raw", [1.0, np.nan, 1000.0])
def test_contributions_that_miss_the_score_are_refused(raw):
    with pytest.raises(ContributionError):
        checked(np.array([[0.5, 0.4]]), np.array([raw]))


def test_a_miss_that_rounding_explains_is_accepted():
    assert checked(np.array([[1e6, 0.5]]), np.array([1e6 + 0.5 + 1e-4])).shape == (1, 2)
