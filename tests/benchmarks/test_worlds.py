"""The benchmarks on worlds, at a size that tells nothing but that they run."""

from __future__ import annotations

from typing import Any, cast

import pytest

from benchmarks import null_world, worlds
from simulation.settings import WorldSettings
from training.settings import TrainingSettings

WORLD = WorldSettings(declarations=1_000, months=6, legacy_share=0.5)
QUICK = TrainingSettings(
    trials=1, value_trials=1, rounds=20, patience=5, value_rounds=10, anomaly_rounds=5, replicates=100
)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return cast("dict[str, Any]", worlds.run((1,), WORLD, QUICK)["seed 1"])


def test_every_method_is_measured_against_the_truth(figures: dict[str, Any]) -> None:
    assert list(figures["against truth"]) == ["model", "default LightGBM", "rules", "random", "oracle"]
    assert figures["illicit"] > 0


def test_the_oracle_is_the_measure_of_revenue(figures: dict[str, Any]) -> None:
    shares = figures["share of the oracle's revenue at 5 %"]
    assert set(shares) == {"model", "default LightGBM", "rules", "random", "observable oracle"}
    oracle = figures["against truth"]["oracle"]["revenue share at 5 %"][0]
    assert shares["random"][0] == pytest.approx(0.05 / oracle, abs=1e-3)


def test_only_honest_items_tell_whether_the_interval_covers(figures: dict[str, Any]) -> None:
    truth = figures["truth"]
    assert 0 < truth["honest items"] < figures["items"]
    assert 0.5 < truth["interval coverage, honest items"][0] <= 1


def test_a_null_world_brings_no_claim_of_skill() -> None:
    found = cast("dict[str, Any]", null_world.run((1,), WORLD, QUICK)["seed 1"])
    assert not found["skill"]["holds"]
    assert not found["gate accepts"]
