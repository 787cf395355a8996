"""Expected revenue: learned where revenue is known, plain where it is not."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import nnls

from scoring.errors import ScoringError
from scoring.revenue import RevenueModel


def _items(count=2000, seed=0):
    rng = np.random.default_rng(seed)
    cif = rng.lognormal(7, 1, count)
    rate = rng.choice([0.0, 6.0, 11.0, 120.0], count)
    return rng, cif, rate, cif * rng.lognormal(0.3, 0.4, count)


def test_known_revenue_teaches_the_coefficients():
    rng, cif, rate, mid = _items()
    shortfall = np.maximum(mid - cif, 0)
    raised = (rate / 100 * (0.6 * shortfall + 0.1 * cif)) * rng.lognormal(0, 0.2, cif.size)
    model = RevenueModel.fit(raised, cif, rate, mid)
    assert model.known == 2000
    assert model.shortfall == pytest.approx(0.6 * np.exp(0.02), rel=0.1)
    assert model.value == pytest.approx(0.1 * np.exp(0.02), rel=0.2)
    assert model.uplift(cif, rate, mid).sum() == pytest.approx(raised.sum())


def test_coefficients_are_those_of_non_negative_least_squares_up_to_scale():
    rng, cif, rate, mid = _items(400, 3)
    raised = rng.lognormal(5, 1, 400)
    model = RevenueModel.fit(raised, cif, rate, mid)
    parts = np.column_stack([np.ones(400), rate / 100 * np.maximum(mid - cif, 0), rate / 100 * cif])
    size = parts[:, 1] + parts[:, 2]
    weight = 1 / (size + np.median(size))
    expected, _ = nnls(parts * weight[:, None], raised * weight)
    found = np.array([model.base, model.shortfall, model.value])
    np.testing.assert_allclose(found / np.linalg.norm(found), expected / np.linalg.norm(expected), atol=1e-6)


def test_with_hardly_any_known_revenue_it_is_the_rate_times_the_shortfall():
    _, cif, rate, mid = _items(49)
    model = RevenueModel.fit(np.full(49, 10.0), cif, rate, mid)
    np.testing.assert_allclose(model.uplift(cif, rate, mid), rate / 100 * np.maximum(mid - cif, 0))
    assert model.known == 0


def test_where_no_rate_and_no_interval_is_known_it_is_the_declared_value():
    gap = np.full(3, np.nan)
    model = RevenueModel.plain(np.array([1.0, 2.0, 3.0]), gap, gap)
    assert model.uplift(np.array([7.0]), np.array([np.nan]), np.array([np.nan])).tolist() == [7.0]


def test_a_gap_is_filled_with_what_is_usual():
    cif, rate, mid = np.array([100.0, 100.0]), np.array([10.0, np.nan]), np.array([150.0, np.nan])
    model = RevenueModel.plain(cif, rate, mid)
    assert (model.usual_rate, model.usual_shortfall) == (0.1, 0.5)
    assert model.uplift(cif, rate, mid).tolist() == [5.0, 5.0]


def test_reductions_do_not_make_an_expectation_negative():
    _, cif, rate, mid = _items(200)
    model = RevenueModel.fit(np.r_[np.full(100, -5.0), np.full(100, 6.0)], cif, rate, mid)
    assert (model.uplift(cif, rate, mid) >= 0).all()


def test_nothing_to_learn_from_is_the_plain_model():
    model = RevenueModel.fit([], [], [], [])
    assert (model.known, model.usual_rate) == (0, 1.0)


def test_json_brings_back_every_bit_and_refuses_negative_coefficients():
    rng, cif, rate, mid = _items()
    model = RevenueModel.fit(rng.lognormal(5, 1, cif.size), cif, rate, mid)
    again = RevenueModel.from_json(json.loads(json.dumps(model.to_json())))
    assert again == model
    with pytest.raises(ScoringError):
        RevenueModel.from_json({**model.to_json(), "base": -1.0})


def _later(count: int, truly: float, seed: int = 1):
    """Later items: of one in ten something is raised, `truly` times what is expected."""
    rng = np.random.default_rng(seed)
    uplift = rng.lognormal(5, 1, count)
    found = rng.random(count) < 0.1
    return 0.1 * uplift, np.where(found, truly * uplift * rng.lognormal(-0.02, 0.2, count), 0.0)


def test_on_many_later_items_expectations_come_to_add_up_to_what_was_raised():
    _, cif, rate, mid = _items(100)
    expected, raised = _later(60_000, truly=1.5)
    model = RevenueModel.plain(cif, rate, mid)
    moved = model.calibrated(expected, raised)
    assert moved.scale == pytest.approx(raised.sum() / expected.sum(), rel=0.01)
    np.testing.assert_allclose(moved.uplift(cif, rate, mid), moved.scale * model.uplift(cif, rate, mid))


def test_a_few_later_items_move_expectations_only_a_little():
    _, cif, rate, mid = _items(100)
    expected, raised = _later(60, truly=1.5)
    moved = RevenueModel.plain(cif, rate, mid).calibrated(expected, raised)
    assert abs(np.log(moved.scale)) < 0.5 * abs(np.log(raised.sum() / expected.sum()))


def test_where_nothing_was_raised_nothing_changes():
    _, cif, rate, mid = _items(100)
    model = RevenueModel.plain(cif, rate, mid)
    assert model.calibrated(np.ones(5), np.zeros(5)) == model
    assert model.calibrated(np.zeros(5), np.ones(5)) == model


def test_a_model_from_before_calibration_in_money_is_read_as_it_was():
    _, cif, rate, mid = _items(100)
    model = RevenueModel.plain(cif, rate, mid)
    held = model.to_json()
    del held["scale"]
    assert RevenueModel.from_json(json.loads(json.dumps(held))) == model
