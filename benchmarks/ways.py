"""Ways of learning beside each other, judged by the truth on every item of worlds that choosing may spoil.

The same learner with the parameters a study begins with. Each figure is the mean over the worlds, with the
interval of resampled declarations; what a way changes is resampled together with the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.learning_world import Learner, LearningWorld, from_labels, risk_of, worlds_of
from benchmarks.shown import Kept, kept, mean_figure
from customs.figure import Figure
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.calibration import ece
from estimation.ranking import auc, average_precision, precision_at
from simulation.settings import WorldSettings
from training.risk_model import LabelledMatrix
from training.settings import TrainingSettings
from training.split import Split

Floats = NDArray[np.float64]

SEEDS = (11, 12, 13)
DECLARATIONS = 20_000
"""Declarations of each world, about 46,000 items, unless TAMIZ_SIMULATION_DECLARATIONS says otherwise."""

REPEATS = 1
"""Learners that differ by their seed alone; their figures are averaged."""
REPLICATES = 200

Measure = Callable[[Floats, Floats, Floats], Floats]
MEASURES: Mapping[str, Measure] = {
    "average precision": average_precision,
    "AUC": auc,
    "hit rate at 5 %": lambda risk, truth, weight: precision_at(risk, truth, 0.05, weight),
    "ECE": lambda risk, truth, weight: ece(risk, truth, 10, weight),
}


@dataclass(frozen=True)
class Lesson:
    """What is learnt from, how, and the rows asked in the same columns."""

    data: LabelledMatrix
    split: Split
    asked: Floats
    learner: Learner | None = None


Way = Callable[[LearningWorld], Lesson]


def compared(
    ways: Mapping[str, Way], seeds: Sequence[int] = SEEDS, worlds: WorldSettings | None = None
) -> dict[str, object]:
    """Give the figures of the first way, and what every other one changes of them."""
    worlds = worlds or worlds_of(DECLARATIONS)
    drawn: list[Mapping[str, Mapping[str, Figure]]] = []
    counts: list[Kept] = []
    for seed in seeds:
        world = LearningWorld.of(worlds.model_copy(update={"seed": seed}), TrainingSettings())
        counts.append(_counts(world))
        drawn.append(_drawn(world, ways))
    means = {way: {of: kept(mean_figure([one[way][of] for one in drawn])) for of in MEASURES} for way in ways}
    return {"worlds": dict(zip(map(str, seeds), counts, strict=True)), **means}


def _counts(world: LearningWorld) -> Kept:
    refit = world.split.refit
    return {
        "labels": len(refit),
        "of random inspections": int((~np.isnan(world.known.p_physical[refit])).sum()),
        "items asked": len(world.asked),
        "illicit share of the labels": round(float(world.known.label[refit].mean()), 4),
        "illicit share of the items asked": round(float(world.true("illicit").mean()), 4),
    }


def _drawn(world: LearningWorld, ways: Mapping[str, Way]) -> dict[str, dict[str, Figure]]:
    risks = {name: _risks(way(world)) for name, way in ways.items()}
    first = next(iter(ways))
    truth = world.true("illicit")
    statistics = {
        (name, measure): _mean(of, risk, truth) if name == first else _change(of, risk, risks[first], truth)
        for name, risk in risks.items()
        for measure, of in MEASURES.items()
    }
    named = {f"{name}|{measure}": statistic for (name, measure), statistic in statistics.items()}
    figures = bootstrap_figures(named, world.clusters(), rng=np.random.default_rng(1), replicates=REPLICATES)
    return {name: {measure: figures[f"{name}|{measure}"] for measure in MEASURES} for name in risks}


def _risks(lesson: Lesson) -> list[Floats]:
    learner = lesson.learner or from_labels(lesson.data)
    return [risk_of(lesson.data, lesson.split, lesson.asked, learner, seed) for seed in range(1, REPEATS + 1)]


def _mean(of: Measure, risks: Sequence[Floats], truth: Floats) -> Statistic:
    return lambda weight: np.mean([of(risk, truth, weight) for risk in risks], axis=0)


def _change(of: Measure, risks: Sequence[Floats], naive: Sequence[Floats], truth: Floats) -> Statistic:
    now, before = _mean(of, risks, truth), _mean(of, naive, truth)
    return lambda weight: now(weight) - before(weight)
