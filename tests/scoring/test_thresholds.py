"""Thresholds: from a share of declarations to a score."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customs.decision import ItemScore
from scoring.errors import ScoringError
from scoring.thresholds import Thresholds, declaration_scores
from selection.lanes import declaration_score
from selection.settings import Objective

items = st.lists(st.tuples(st.integers(0, 8), st.floats(0, 1), st.floats(0, 1e5)), max_size=40)


@given(items)
def test_a_declaration_has_the_largest_risk_and_all_the_revenue_of_its_items(rows):
    names = [f"D{row[0]}" for row in rows]
    risk, revenue = (np.array([row[part] for row in rows], dtype=float) for part in (1, 2))
    found = declaration_scores(names, risk, revenue)
    assert list(found.names) == sorted(set(names))
    for name, most, whole in zip(found.names, found.risk, found.revenue, strict=True):
        mine = np.array([other == name for other in names])
        assert most == risk[mine].max()
        assert whole == pytest.approx(revenue[mine].sum())


@given(st.lists(st.tuples(st.integers(0, 3), st.none() | st.floats(0, 1), st.none() | st.floats(0, 1e5))))
def test_the_population_is_scored_as_the_policy_scores_a_declaration(rows):
    names = np.array([row[0] for row in rows], dtype=int)
    risk, revenue = (np.array([row[part] for row in rows], dtype=float) for part in (1, 2))
    found = declaration_scores(names, risk, revenue)
    for place, name in enumerate(found.names):
        scores = [
            ItemScore(1, risk, None, revenue, None, None, None) for one, risk, revenue in rows if one == name
        ]
        for objective in Objective:
            one = declaration_score(scores, objective)
            many = getattr(found, objective.value)[place]
            assert math.isnan(many) if one is None else many == pytest.approx(one)


@pytest.mark.parametrize("share", [0.0003, 0.01, 0.037, 0.05, 0.1, 0.5, 0.99])
def test_about_the_share_of_the_population_lies_above_its_threshold(share):
    rng = np.random.default_rng(1)
    risk, revenue = rng.random(20_000), rng.lognormal(3, 2, 20_000)
    thresholds = Thresholds.fit(np.arange(20_000), risk, revenue)
    assert (risk > thresholds.threshold("risk", share)).mean() == pytest.approx(share, rel=0.02, abs=1e-4)
    for objective, score in (("revenue", revenue), ("blend", np.sqrt(risk * revenue))):
        above = (score > thresholds.threshold(objective, share)).mean()
        assert above == pytest.approx(share, rel=0.02, abs=1e-4)


def test_ties_let_fewer_through_never_more():
    thresholds = Thresholds.fit(np.arange(1000), np.repeat([0.2, 0.9], [990, 10]), np.zeros(1000))
    assert (np.repeat([0.2, 0.9], [990, 10]) > thresholds.threshold("risk", 0.05)).mean() == 0.01
    assert thresholds.threshold("revenue", 0.05) == 0.0


def test_the_ends_and_the_unknown():
    thresholds = Thresholds.fit([1, 2], np.array([0.1, 0.2]), np.full(2, np.nan))
    assert thresholds.threshold("risk", 0) == math.inf
    assert thresholds.threshold("risk", 1) == -math.inf
    assert math.isnan(thresholds.threshold("revenue", 0.5))
    with pytest.raises(ScoringError):
        thresholds.threshold("risk", 1.5)


def test_json_brings_back_every_bit():
    rng = np.random.default_rng(1)
    thresholds = Thresholds.fit(np.arange(500), rng.random(500), rng.random(500))
    assert Thresholds.from_json(json.loads(json.dumps(thresholds.to_json()))) == thresholds
