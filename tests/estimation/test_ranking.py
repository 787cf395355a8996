"""Ranking figures against brute force and scikit-learn."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from estimation.errors import EstimationError
from estimation.ranking import auc, average_precision, lift_at, precision_at, recall_at, revenue_at

pairs = st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=60)


def _split(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    score, label = zip(*rows, strict=True)
    return np.array(score, dtype=float), np.array(label, dtype=float)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=2, max_size=6), st.data())
def test_precision_is_the_mean_over_every_order_of_the_ties(rows, data):
    score, label = _split(rows)
    taken = data.draw(st.integers(1, len(rows)))
    orders = [order for order in permutations(range(len(rows))) if (np.diff(score[list(order)]) <= 0).all()]
    expected = np.mean([label[list(order[:taken])].mean() for order in orders])
    assert precision_at(score, label, taken / len(rows)) == pytest.approx(expected)


@given(pairs)
def test_auc_and_average_precision_agree_with_scikit_learn(rows):
    score, label = _split(rows)
    if 0 < label.sum() < label.size:
        assert auc(score, label) == pytest.approx(roc_auc_score(label, score))
        assert average_precision(score, label) == pytest.approx(average_precision_score(label, score))


@given(pairs, st.data())
def test_an_integer_weight_counts_like_repeated_rows(rows, data):
    score, label = _split(rows)
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(rows), max_size=len(rows))))
    if times.sum() == 0:
        times[0] = 1
    weight = np.vstack([times, np.ones_like(times)]).astype(float)
    twice = (np.repeat(score, times), np.repeat(label, times))
    for figure in (precision_at, recall_at, lift_at, revenue_at):
        expected = [figure(*twice, 0.3), figure(score, label, 0.3)]
        np.testing.assert_allclose(figure(score, label, 0.3, weight), expected, equal_nan=True)
    for figure in (auc, average_precision):
        expected = [figure(*twice), figure(score, label)]
        np.testing.assert_allclose(figure(score, label, weight), expected, equal_nan=True)


@given(pairs, st.floats(0.01, 1.0))
def test_figures_do_not_depend_on_the_order_of_the_rows(rows, share):
    score, label = _split(rows)
    turned = np.arange(len(rows))[::-1]
    assert precision_at(score, label, share) == pytest.approx(
        precision_at(score[turned], label[turned], share)
    )


def test_a_constant_score_is_a_random_choice():
    label = np.r_[np.ones(30), np.zeros(70)]
    assert precision_at(np.zeros(100), label, 0.05) == pytest.approx(0.3)
    assert lift_at(np.zeros(100), label, 0.05) == pytest.approx(1.0)
    assert revenue_at(np.zeros(100), label, 0.05) == pytest.approx(0.05)
    assert auc(np.zeros(100), label) == 0.5


def test_figures_that_have_no_answer_are_nan():
    assert math.isnan(auc([1.0, 2.0], [1, 1]))
    assert math.isnan(recall_at([1.0, 2.0], [0, 0], 0.5))
    assert math.isnan(lift_at([1.0, 2.0], [0, 0], 0.5))
    assert math.isnan(average_precision([1.0], [0]))


@pytest.mark.parametrize(
    ("score", "label", "share"),
    [
        ([math.nan], [1], 0.5),
        ([1.0], [math.nan], 0.5),
        ([1.0, 2.0], [1], 0.5),
        ([1.0], [1], 0.0),
        ([], [], 1.0),
    ],
)
def test_what_cannot_be_ranked_is_refused_with_its_remedy(score, label, share):
    with pytest.raises(EstimationError) as refused:
        precision_at(score, label, share)
    assert refused.value.remedy
