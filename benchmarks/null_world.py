"""Worlds whose labels are a coin, at full size: the platform must claim no skill and the gate must refuse.

`tests/evidence/null_worlds.py` tries many small ones; here three have the size and the settings of a real
training.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.shown import Kept, kept_parts, kept_skill
from benchmarks.trained_world import TrainedWorld, by_seed
from simulation.settings import WorldSettings
from training.gate import gate
from training.settings import TrainingSettings

SEEDS = (1, 2, 3)

_MEASURES = {"auc": "AUC", "precision_at_5": "hit rate at 5 %", "calibration_error": "ECE"}


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give, for each seed, the claim of skill with its bound and what the gate says."""
    worlds = (worlds or WorldSettings()).model_copy(update={"null_world": True})
    return by_seed(_verdict, seeds, worlds, settings)


def _verdict(trained: TrainedWorld) -> Kept:
    report = trained.result.report
    verdict = gate(report, None, trained.settings)
    return {
        "skill": kept_skill(report.skill),
        "gate accepts": verdict.accepted,
        "grounds": [ground["en"] for ground in verdict.grounds],
        "evaluation": kept_parts(report, _MEASURES),
    }
