"""Rates of the population from its inspected part."""

from __future__ import annotations

import math

import numpy as np
import pytest

from estimation.design import hajek, horvitz_thompson
from estimation.errors import EstimationError


def _inspected(seed):
    """A population of 3,000 declarations of two items, 12 % illicit, inspected mostly where it is illicit."""
    rng = np.random.default_rng(seed)
    illicit = (rng.random(3000) < 0.12).astype(float)
    p = np.where(rng.random(3000) < 0.3 + 0.5 * illicit, 0.4, 0.05)
    seen = rng.random(3000) < p
    twice = np.flatnonzero(seen).repeat(2)
    return illicit, illicit[twice], p[twice], twice


def test_a_biased_inspection_is_weighed_back_and_the_interval_covers():
    covered = {"ht": 0, "hajek": 0, "plain": 0}
    for seed in range(200):
        illicit, y, p, declaration = _inspected(seed)
        truth = illicit.mean()
        figures = {
            "ht": horvitz_thompson(y, p, 6000, clusters=declaration, level=0.9),
            "hajek": hajek(y, p, clusters=declaration, level=0.9),
            "plain": hajek(y, np.ones_like(p), clusters=declaration, level=0.9),
        }
        for name, figure in figures.items():
            covered[name] += figure.low <= truth <= figure.high
    assert covered["ht"] >= 172
    assert covered["hajek"] >= 172
    assert covered["plain"] == 0


def test_horvitz_thompson_is_unbiased():
    rates = [
        horvitz_thompson(y, p, 6000).value - illicit.mean()
        for illicit, y, p, _ in map(_inspected, range(200))
    ]
    assert abs(np.mean(rates)) < 3 * np.std(rates) / math.sqrt(200)


def test_equal_probabilities_give_the_plain_mean():
    assert hajek([1, 0, 0, 0], [0.2] * 4).value == pytest.approx(0.25)
    assert horvitz_thompson([1, 0, 0, 0], [0.2] * 4, 20).value == pytest.approx(0.25)


def test_finding_nothing_still_has_an_interval():
    figure = hajek(np.zeros(100), np.full(100, 0.1))
    assert figure.value == 0
    assert 0 < figure.high < 0.06


def test_one_declaration_gives_no_interval():
    assert math.isnan(hajek([1, 0], [0.5, 0.5], clusters=["A", "A"]).low)


@pytest.mark.parametrize("p", [0.0, 1.5])
def test_an_impossible_probability_is_refused(p):
    with pytest.raises(EstimationError) as refused:
        hajek([1.0], [p])
    assert "frame" in refused.value.remedy
