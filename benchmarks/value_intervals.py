"""The value interval in worlds whose truth is known: whether it holds in every chapter, and how wide it is.

Trained on what was known before a world's last day, with one trial of the risk study, which the interval does
not ask; judged on the honest items of the final test part, inspected or not. Beside it stands the median of
the subheading with one half-width for all, made to cover as often. Worlds of seeds that serve for choosing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.shown import Kept, number
from benchmarks.trained_world import TrainedWorld, by_seed
from benchmarks.value_bands import Band, median_band
from features.columns import to_frame
from features.dataset import Dataset
from lifecycle.against_truth import truth_of
from scoring.value import unit_value
from scoring.value_groups import THIN
from simulation.settings import WorldSettings
from training.settings import TrainingSettings
from training.value_model import FALSE_VALUE

Bools = NDArray[np.bool_]

SEEDS = (11, 12, 13)
LARGE = 400
"""Items from which a chapter is judged by itself; smaller ones are judged together."""


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give the figures of each seed's world."""
    return by_seed(_figures, seeds, worlds, settings or TrainingSettings(trials=1))


def _figures(trained: TrainedWorld) -> Kept:
    held = trained.held()
    held = held.take(_honest(trained, held))
    known = trained.lake.items(until=trained.test_from).collect()
    scores = trained.bundle.score(held.columns, held.history)
    mass = held.columns["net_kg"]
    band = Band(*(unit_value(ends, mass) for ends in (scores.value_low, scores.value_mid, scores.value_high)))
    target = unit_value(held.columns["cif"], mass)
    everything = np.ones(len(target), np.bool_)
    coverage = band.coverage(target, everything)
    beside = _median(known, held, coverage)
    groups = trained.bundle.scorer.value.groups(held.columns) if trained.bundle.scorer.value else {}
    return {
        "honest items": len(target),
        "R²": number(band.r_squared(target, everything)),
        "coverage": number(coverage),
        "worst chapter": number(min(_by_chapter(band, target, groups["chapter"].astype(str)))),
        "worst tenth of mass": number(
            min(band.coverage(target, groups["mass"] == tenth) for tenth in set(groups["mass"]))
        ),
        "thin commodities": number(band.coverage(target, np.isin(groups["known"].astype(str), sorted(THIN)))),
        "width": number(band.width(everything)),
        "width of the median's band": number(beside.width(everything)),
        "coverage of the median's band": number(beside.coverage(target, everything)),
        "relative width": number(band.width(everything) / beside.width(everything)),
    }


def _honest(trained: TrainedWorld, held: Dataset) -> Bools:
    truth = truth_of(held, trained.world.truth)
    value = unit_value(held.columns["cif"], held.columns["net_kg"])
    return np.asarray((~truth["finding"].is_in(sorted(FALSE_VALUE))).to_numpy() & np.isfinite(value))


def _median(known: pl.DataFrame, held: Dataset, coverage: float) -> Band:
    usable = known.filter((pl.col("cif") > 0) & (pl.col("net_kg") > 0))
    return median_band(usable, to_frame(held.columns), seed=1, coverage=coverage)


def _by_chapter(band: Band, target: NDArray[np.float64], chapter: NDArray[np.str_]) -> list[float]:
    """Coverage of each chapter of `LARGE` items or more, and of the smaller ones together."""
    names, counts = np.unique(chapter, return_counts=True)
    large = names[counts >= LARGE]
    small = ~np.isin(chapter, large)
    rows = [*(chapter == name for name in large), *([small] if small.any() else [])]
    return [band.coverage(target, one) for one in rows]
