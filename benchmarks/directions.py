"""What holding the risk model to the directions that features declare changes, judged by the truth.

How the figures are made: `benchmarks.ways`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmarks.learning_world import LearningWorld
from benchmarks.ways import SEEDS, Lesson, Way, compared
from simulation.settings import WorldSettings


def run(seeds: Sequence[int] = SEEDS, worlds: WorldSettings | None = None) -> dict[str, object]:
    """Give the figures of the free model, and what the directions change of them."""
    return compared(WAYS, seeds, worlds)


def _free(world: LearningWorld) -> Lesson:
    return Lesson(world.labels(), world.split, world.asked_matrix)


def _held(world: LearningWorld) -> Lesson:
    data = replace(world.labels(), directions=world.recipe.directions)
    return Lesson(data, world.split, world.asked_matrix)


WAYS: Mapping[str, Way] = {"free": _free, "held to the declared directions": _held}
"""The model as it is by default, and as `monotone: true` has it."""
