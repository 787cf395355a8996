"""Kinds of finding: what is likely of an irregular item, between the shares of the past and its own signs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.booster import Booster
from scoring.errors import ScoringError
from scoring.kinds import KindModel, believed, kind_file
from tests.scoring.models import data, text

SHARE = st.floats(0.01, 1.0)


def model(weight: float = 0.6) -> KindModel:
    boosters = {"value": Booster(text())} if weight else {}
    return KindModel({"classification": 0.25, "origin": 0.15, "value": 0.6}, boosters, weight)


@given(st.lists(st.tuples(SHARE, SHARE), min_size=2, max_size=7), st.floats(0, 1))
def test_the_probabilities_of_an_irregular_item_add_up_to_one(pairs, weight):
    own, rates = (np.array(part) for part in zip(*pairs, strict=True))
    found = believed(own[np.newaxis], rates / rates.sum(), weight)
    assert found.sum() == pytest.approx(1.0)
    assert (found > 0).all()


@given(st.lists(st.tuples(SHARE, SHARE), min_size=2, max_size=7))
def test_without_belief_they_are_the_shares_of_past_findings(pairs):
    own, rates = (np.array(part) for part in zip(*pairs, strict=True))
    np.testing.assert_allclose(believed(own[np.newaxis], rates / rates.sum(), 0.0)[0], rates / rates.sum())


def test_kinds_add_up_to_the_risk_of_each_item():
    matrix, risk = data()[0], np.linspace(0, 1, len(data()[0]))
    kinds = model().probability(model().given_illicit(matrix), risk)
    np.testing.assert_allclose(np.sum([*kinds.values()], axis=0), risk, rtol=0, atol=1e-11)


def test_a_model_without_skill_gives_every_item_the_same_shares_and_says_so():
    plain = model(0.0)
    assert not plain.learnt
    np.testing.assert_allclose(plain.given_illicit(data()[0]), [[0.25, 0.15, 0.6]] * len(data()[0]))


def test_a_kind_is_likelier_where_its_booster_says_so():
    matrix = data()[0]
    own, said = Booster(text()).predict(matrix), model().given_illicit(matrix)[:, 2]
    assert np.corrcoef(own, said)[0, 1] > 0.95


def test_it_is_read_back_to_the_last_bit():
    first = model()
    texts = {kind_file(name): booster.text for name, booster in first.boosters.items()}
    again = KindModel.from_json(texts, json.loads(json.dumps(first.to_json())))
    assert again.given_illicit(data()[0]).tobytes() == first.given_illicit(data()[0]).tobytes()


@pytest.mark.parametrize(
    ("rates", "weight", "boosters"),
    [
        ({"value": 0.5, "origin": 0.4}, 0.0, ()),
        ({"value": 1.0, "origin": 0.0}, 0.0, ()),
        ({"value": 0.5, "origin": 0.5}, 0.5, ()),
        ({"value": 0.5, "origin": 0.5}, 0.0, ("value",)),
        ({"value": 0.5, "origin": 0.5}, 0.5, ("ip",)),
        ({"value": 0.5, "origin": 0.5}, 1.5, ("value",)),
    ],
)
def test_a_model_that_does_not_add_up_is_refused(rates, weight, boosters):
    with pytest.raises(ScoringError, match="does not add up"):
        KindModel(rates, {name: Booster(text()) for name in boosters}, weight)
