"""What the features of reference tables are worth: the same learner with all, and without each group.

Worlds, learner and judgement are those of `benchmarks.features`. Differences of the same rows have their
interval by resampling declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.features import REPEATS, TRIED, Floats, Material
from benchmarks.shown import Kept, kept
from estimation.bootstrap import Statistic, bootstrap_figures
from estimation.ranking import average_precision, precision_at
from features.definitions.company import COMPANY
from features.definitions.exchange import EXCHANGE
from features.definitions.market import MARKET
from features.definitions.tariff import TARIFF
from features.definitions.watch import WATCH
from simulation.settings import WorldSettings

SEEDS = (11, 12)
GROUPS: Mapping[str, tuple[str, ...]] = {
    group: tuple(feature.name for feature in features)
    for group, features in {
        "market price": MARKET,
        "company": COMPANY,
        "exchange rate": EXCHANGE,
        "tariff and preference": TARIFF,
        "watch list": WATCH,
    }.items()
}

_REPLICATES = 300
MEASURES: Mapping[str, Callable[..., Any]] = {
    "average precision": average_precision,
    "hit rate at 5 %": partial(precision_at, share=0.05),
}


def run(seeds: Sequence[int] = SEEDS, worlds: WorldSettings | None = None) -> dict[str, object]:
    """Give, by world, the figures with all features, and what is gained by each group and by all of them."""
    worlds = worlds or WorldSettings()
    return {f"world {seed}": _world(worlds.model_copy(update={"seed": seed})) for seed in seeds}


def _world(settings: WorldSettings) -> Kept:
    made = Material.of(settings)
    every = set(made.names) - set(TRIED)
    tables = {name for names in GROUPS.values() for name in names}
    without = {"all of them": tables, **GROUPS}
    whole = _scores(made, every)
    left = {group: _scores(made, every - set(names)) for group, names in without.items()}
    statistics = {
        (group, measure): _gain(made, measure, whole, scores)
        for group, scores in left.items()
        for measure in MEASURES
    }
    statistics |= {("with all", measure): _level(made, measure, whole) for measure in MEASURES}
    named = {f"{group}: {measure}": of for (group, measure), of in statistics.items()}
    rng = np.random.default_rng(settings.seed)
    found = bootstrap_figures(named, made.declarations, rng=rng, replicates=_REPLICATES)
    return {"items judged": len(made.truth), **{name: kept(figure) for name, figure in found.items()}}


def _scores(made: Material, chosen: set[str]) -> list[Floats]:
    return [made.score(chosen, repeat) for repeat in range(REPEATS)]


def _level(made: Material, measure: str, scores: Sequence[Floats]) -> Statistic:
    """The measure of some scores, as a mean over learners."""
    of = MEASURES[measure]
    return lambda weight: np.mean([of(score, made.truth, weight=weight) for score in scores], axis=0)


def _gain(made: Material, measure: str, whole: Sequence[Floats], left: Sequence[Floats]) -> Statistic:
    """What the measure gains from what was left out."""
    more, less = _level(made, measure, whole), _level(made, measure, left)
    return lambda weight: more(weight) - less(weight)
