"""What it would gain to know what was found of the importers who share the importer's address.

Worlds, learner and judgement are those of `benchmarks.features`. The rate is made by brute force, of who the
register of the day has at the address and what was known of them before it; rings sit together in these
worlds, so that they could show it. Differences of the same rows have their interval by resampling
declarations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.features import REPEATS, TRIED, Floats, Material, made_of
from benchmarks.shown import Kept, kept
from benchmarks.table_features import MEASURES, SEEDS
from estimation.bootstrap import Statistic, bootstrap_figures
from features.columns import Columns
from features.dataset import Dataset
from features.definitions.ring import NEIGHBOUR_STRENGTH
from features.lake import Lake
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.world_lake import world_lake, world_tables

RATE, SHARERS = "address_rate", "address_known"
_NEVER = np.iinfo(np.int32).max
_REPLICATES = 300


def run(seeds: Sequence[int] = SEEDS, worlds: WorldSettings | None = None) -> dict[str, object]:
    """Give, by world, how many rows have such sharers, and what their rate gains beside all features."""
    worlds = worlds or WorldSettings()
    return {f"world {seed}": _world(worlds.model_copy(update={"seed": seed})) for seed in seeds}


def _world(settings: WorldSettings) -> Kept:
    with TemporaryDirectory(prefix="tamiz-address-") as name:
        folder = Path(name)
        world = simulate(settings)
        world.write(folder)
        lake, tables = world_lake(folder), world_tables(folder)
        sharers = Sharers(lake, tables.held["companies"])
        made = made_of(world, settings, lake, tables, {RATE: sharers.rate, SHARERS: sharers.known})
    every = set(made.names) - set(TRIED) - {RATE, SHARERS}
    scores = {
        "with": [made.score(every | {RATE, SHARERS}, repeat) for repeat in range(REPEATS)],
        "without": [made.score(every, repeat) for repeat in range(REPEATS)],
    }
    statistics = {
        f"{what}: {measure}": _gain(made, measure, scores, what)
        for measure in MEASURES
        for what in ("without", "gain")
    }
    rng = np.random.default_rng(settings.seed)
    found = bootstrap_figures(statistics, made.declarations, rng=rng, replicates=_REPLICATES)
    column = made.judge[:, made.names.index(SHARERS)]
    return {
        "items judged": len(made.truth),
        "of them with inspected sharers": int((column > 0).sum()),
        **{name: kept(figure) for name, figure in found.items()},
    }


def _gain(made: Material, measure: str, scores: Mapping[str, Sequence[Floats]], what: str) -> Statistic:
    of = MEASURES[measure]

    def level(side: str, weight: Floats) -> Floats:
        return np.mean([of(score, made.truth, weight=weight) for score in scores[side]], axis=0)

    if what == "without":
        return lambda weight: level("without", weight)
    return lambda weight: level("with", weight) - level("without", weight)


class Sharers:
    """Who sits at each address, since when, and since when outcomes and finds are known of them.

    An importer of these worlds has one address; a withdrawn outcome counts as known here.
    """

    def __init__(self, lake: Lake, register: ReferenceTable) -> None:
        outcomes = (
            lake.outcomes()
            .join(lake.items().select("declaration_id", "item_no", "importer_id").unique(), on=_ITEM)
            .select("importer_id", pl.col("known_date").to_physical(), "illicit")
        )
        day = pl.col("known_date").min()
        known = outcomes.group_by("importer_id").agg(day).collect()
        illicit = outcomes.filter(pl.col("illicit") == 1).group_by("importer_id").agg(day).collect()
        self._known, self._illicit = (dict(frame.rows()) for frame in (known, illicit))
        self._at: dict[int, dict[str, int]] = {}
        begun = np.maximum(
            register.frame["valid_from"].to_physical().to_numpy(),
            register.frame["known_date"].to_physical().to_numpy() + 1,
        )
        tokens = register.numbers["address"][:-1].tolist()
        for token, importer, since in zip(
            tokens, register.frame["importer_id"].to_list(), begun.tolist(), strict=True
        ):
            there = self._at.setdefault(token, {})
            there[importer] = min(since, there.get(importer, _NEVER))

    def rate(self, items: Dataset) -> Floats:
        """How many times the usual share of the inspected sharers had a finding, smoothed as in `ring`."""
        known, illicit = self._counts(items)
        prior = items.history["all.importers_illicit"] / np.maximum(items.history["all.importers_known"], 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = (illicit / prior + NEIGHBOUR_STRENGTH) / (known + NEIGHBOUR_STRENGTH)
        return np.where((items.history["companies.address"] == MISSING) | (prior == 0), np.nan, rate)

    def known(self, items: Dataset) -> Floats:
        """How many of the sharers were inspected."""
        return self._counts(items)[0].astype(np.float64)

    def _counts(self, items: Dataset) -> NDArray[np.int64]:
        columns: Columns = items.columns
        counts = np.zeros((2, len(items)), np.int64)
        rows = zip(
            items.history["companies.address"].tolist(),
            columns["importer_id"].tolist(),
            columns["customs_date"].tolist(),
            strict=True,
        )
        for place, (token, own, day) in enumerate(rows):
            for importer, since in self._at.get(token, {}).items() if token != MISSING else ():
                if importer != own and since <= day:
                    counts[0, place] += self._known.get(importer, _NEVER) < day
                    counts[1, place] += self._illicit.get(importer, _NEVER) < day
        return counts


_ITEM = ["declaration_id", "item_no"]
