"""Calibration: monotone, exact through JSON, and right on average."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from estimation.calibration import ece
from scoring.calibration import IDENTITY, Calibration
from scoring.errors import ScoringError

coefficients = st.floats(0, 5, allow_subnormal=False)
calibrations = st.builds(Calibration, coefficients, coefficients, st.floats(-5, 5))
scores = st.lists(st.floats(-60, 60), min_size=1, max_size=40).map(np.array)


@given(calibrations, scores)
def test_a_higher_score_never_gets_a_lower_probability(calibration, raw):
    p = calibration.apply(np.sort(raw))
    assert (np.diff(p) >= 0).all()
    assert ((p >= 0) & (p <= 1)).all()


@given(calibrations, scores)
def test_json_brings_back_every_bit(calibration, raw):
    again = Calibration.from_json(json.loads(json.dumps(calibration.to_json())))
    assert again == calibration
    assert again.apply(raw).tobytes() == calibration.apply(raw).tobytes()


@given(calibrations, scores)
def test_a_score_gives_the_same_bits_alone_and_among_others(calibration, raw):
    alone = np.concatenate([calibration.apply(raw[row : row + 1]) for row in range(raw.size)])
    assert alone.tobytes() == calibration.apply(raw).tobytes()


@given(scores)
def test_the_identity_is_the_logistic_function(raw):
    np.testing.assert_allclose(IDENTITY.apply(raw), 1 / (1 + np.exp(-raw)), atol=1e-11)


def test_an_overconfident_score_is_put_right():
    rng = np.random.default_rng(2)
    truth = rng.normal(-2, 1, 20_000)
    label = (rng.random(20_000) < 1 / (1 + np.exp(-truth))).astype(float)
    raw = 2.5 * truth + 1
    before, after = IDENTITY.apply(raw), Calibration.fit(raw, label).apply(raw)
    assert ece(before, label) > 0.03
    assert ece(after, label) < 0.01


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_fit_is_the_optimum_that_a_general_optimiser_finds(seed):
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=200) * rng.uniform(0.2, 4)
    label = (rng.random(200) < 1 / (1 + np.exp(-rng.uniform(-1, 2) * raw))).astype(float)

    def lost(found):
        z = found[0] * -np.logaddexp(0, -raw) + found[1] * np.logaddexp(0, raw) + found[2]
        prior = ((found - np.array([1.0, 1.0, 0.0])) ** 2).sum() / 2
        return (np.logaddexp(0, z) - label * z).sum() + prior

    best = minimize(lost, [1, 1, 0], bounds=[(0, None), (0, None), (None, None)], tol=1e-12)
    ours = Calibration.fit(raw, label)
    assert lost(np.array([ours.a, ours.b, ours.c])) <= best.fun + 1e-5


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_labels_of_one_kind_still_give_a_finite_calibration(label):
    found = Calibration.fit(np.linspace(-3, 3, 50), np.full(50, label))
    assert np.isfinite(found.apply(np.array([-3.0, 3.0]))).all()


def test_no_rows_leave_the_score_as_it_is():
    assert Calibration.fit([], []) == IDENTITY


def test_an_unlabelled_row_is_refused():
    with pytest.raises(ScoringError):
        Calibration.fit([0.0], [np.nan])


def test_a_calibration_that_turns_the_order_around_is_refused():
    with pytest.raises(ScoringError):
        Calibration.from_json({"a": -1.0, "b": 0.0, "c": 0.0})


@given(calibrations, scores, st.integers(0, 1000))
def test_without_rows_to_take_it_from_the_level_stays(calibration, raw, seed):
    same = calibration.levelled(np.empty(0), np.empty(0), np.empty(0))
    assert same.apply(raw).tobytes() == calibration.apply(raw).tobytes()
    label = np.random.default_rng(seed).integers(0, 2, raw.size).astype(float)
    unweighed = calibration.levelled(raw, label, np.zeros(raw.size))
    assert unweighed.c == pytest.approx(calibration.c)


@pytest.mark.parametrize(("rows", "least", "most"), [(50, -0.7, 0.7), (100_000, 0.9, 1.1)])
def test_the_level_goes_as_far_towards_that_of_the_rows_as_they_are_many(rows, least, most):
    rng = np.random.default_rng(7)
    raw = rng.normal(-3, 1, rows)
    label = (rng.random(rows) < 1 / (1 + np.exp(-(raw + 0.6)))).astype(float)
    moved = IDENTITY.levelled(raw, label, np.ones(rows))
    assert (moved.a, moved.b) == (1.0, 1.0)
    assert least < moved.c / 0.6 < most
