"""What findings teach beside the risk, where the truth is known: kinds, other headings, money.

On worlds that no final figure uses (seeds 11 to 13). Trained as `tamiz demo` does on what was known before a
world's last day; judged on every item of the final test part, inspected or not. Intervals are of 95 %,
declarations resampled.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.found_groups import groups
from benchmarks.found_headings import headings
from benchmarks.found_kinds import kinds
from benchmarks.found_money import money
from benchmarks.shown import Kept
from benchmarks.trained_world import TrainedWorld, by_seed
from lifecycle.against_truth import truth_of
from simulation.settings import WorldSettings
from training.settings import TrainingSettings

SEEDS = (11, 12, 13)


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give the figures of each seed's world."""
    return by_seed(_figures, seeds, worlds, settings)


def _figures(trained: TrainedWorld) -> Kept:
    held, scorer = trained.held(), trained.bundle.scorer
    truth = truth_of(held, trained.world.truth)
    matrix = scorer.recipe.matrix(held.columns, held.history)
    return {
        "items": len(held),
        "kinds": kinds(scorer, matrix, held, truth),
        "other headings": headings(trained, held, truth),
        "expected revenue": money(trained, matrix, held, truth),
        "calibration by group": groups(trained, matrix, held, truth),
    }
