"""The oracles: exact where they know all, honest where they see what the platform could."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simulation.settings import WorldSettings
from simulation.world import World, simulate
from tests.simulation.yardstick import auc


def _columns(world: World, *names: str) -> tuple[NDArray[np.float64], ...]:
    return tuple(world.truth[name].cast(float).to_numpy() for name in names)


def test_the_risk_of_the_one_who_knows_is_the_frequency_in_every_bin(world: World) -> None:
    risk, illicit = _columns(world, "oracle_risk", "illicit")
    for rows in np.array_split(np.argsort(risk), 25):
        error = illicit[rows].sum() - risk[rows].sum()
        assert abs(error) < 4 * np.sqrt((risk[rows] * (1 - risk[rows])).sum()) + 0.5


@pytest.mark.parametrize(
    "name", ["undervaluation", "quantity", "misclassification", "false_origin", "counterfeit", "ring"]
)
def test_the_risk_is_exact_for_each_mechanism_alone(name: str) -> None:
    off = dict.fromkeys(
        ["undervaluation", "quantity", "misclassification", "false_origin", "counterfeit", "ring", "other"], 0
    )
    settings = WorldSettings.model_validate(
        {"declarations": 2500, "months": 8, "seed": 5, "mechanisms": {**off, name: 3.0}}
    )
    risk, illicit = _columns(simulate(settings), "oracle_risk", "illicit")
    for rows in np.array_split(np.argsort(risk), 4):
        error = illicit[rows].sum() - risk[rows].sum()
        assert abs(error) < 4 * np.sqrt((risk[rows] * (1 - risk[rows])).sum()) + 0.5


def test_who_knows_more_ranks_better_and_none_is_blind(world: World) -> None:
    known, seen, illicit = _columns(world, "oracle_risk", "observable_risk", "illicit")
    assert auc(known, illicit) >= auc(seen, illicit) > 0.75


def test_the_platform_oracle_is_near_the_frequency(world: World) -> None:
    risk, illicit = _columns(world, "observable_risk", "illicit")
    assert 0.75 < risk.mean() / illicit.mean() < 1.15
    for rows in np.array_split(np.argsort(risk)[-len(risk) // 5 :], 5):
        assert abs(illicit[rows].mean() - risk[rows].mean()) < 0.1


def test_the_expected_shortfall_adds_up_to_the_true_one(world: World) -> None:
    expected, true = _columns(world, "oracle_revenue", "additional_revenue")
    assert 0.8 < expected.sum() / true.sum() < 1.2
    top = np.argsort(-expected)[: len(expected) // 20]
    assert 0.75 < expected[top].sum() / true[top].sum() < 1.25


def test_risks_are_probabilities(world: World) -> None:
    for risk in _columns(world, "oracle_risk", "observable_risk"):
        assert np.isfinite(risk).all()
        assert risk.min() >= 0
        assert risk.max() <= 1
