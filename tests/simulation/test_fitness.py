"""A world is fit for use only if neither trivial nor hopeless."""

from __future__ import annotations

import pytest

from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.simulation.yardstick import Fitness, fitness


@pytest.fixture(scope="module")
def figures() -> Fitness:
    return fitness(simulate(WorldSettings(declarations=26_000, seed=1)))


def test_the_default_learner_earns_between_40_and_80_percent_of_the_oracle(figures: Fitness) -> None:
    assert 0.4 < figures.revenue["model"] < 0.8
    assert figures.revenue["observable"] > figures.revenue["model"] + 0.05


def test_simple_rules_earn_less_than_half(figures: Fitness) -> None:
    assert figures.revenue["random"] < figures.revenue["rules"] < 0.5
    assert figures.revenue["rules"] < figures.revenue["model"]


def test_each_mechanism_can_be_learned_a_bit(figures: Fitness) -> None:
    for name, recall in figures.recall.items():
        if name != "other":
            assert recall > 0.12, name


def test_a_null_world_teaches_nothing() -> None:
    figures = fitness(simulate(WorldSettings(declarations=6000, null_world=True)))
    assert 0.42 < figures.auc["model"] < 0.58
