"""The benchmark of the anomaly, at a size that tells nothing but that it runs and where it is blind."""

from __future__ import annotations

from typing import Any, cast

from benchmarks import anomaly
from benchmarks.learning_world import LearningWorld
from benchmarks.unusual import WAYS
from simulation.settings import WorldSettings
from training.settings import TrainingSettings

WORLD = WorldSettings(declarations=1_000, months=6, legacy_share=0.4, seed=11)


def test_inspections_that_are_blind_to_a_kind_name_it_nowhere_and_the_truth_does() -> None:
    seeing, blind = (LearningWorld.of(WORLD, TrainingSettings(), blind_to=kind) for kind in (None, "value"))
    assert "value" in set(seeing.known.finding)
    assert "value" not in set(blind.known.finding)
    assert "value" in set(blind.truth["finding"])
    assert blind.known.label.sum() < seeing.known.label.sum()


def test_every_way_is_measured_alone_and_some_beside_the_risk() -> None:
    found = cast("dict[str, Any]", anomaly.run((11,), WORLD, (), ()))
    assert {name.partition(":")[0] for name in found["alone"]["mean"]} == {*WAYS, "isolation forest"}
    assert 0 < found["alone"]["mean"]["histograms: AUC"][0] < 1
    assert "learnt from a forest, as a column: AUC" in found["beside the risk"]["mean"]
