"""What each group of features is worth: the same learner with all of them, and without one after another.

On worlds that choosing may spoil (seeds 11 to 14). The learner is the one a study begins with, untuned, so
that no group is favoured by parameters found with it; learnt from the outcomes known before the last four
months, judged by the truth on every item of these months, inspected or not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.shown import Kept, number
from estimation.ranking import auc, average_precision, precision_at
from features.dataset import Dataset, labelled, population
from features.definitions.logarithm import LOG_UNIT
from features.definitions.unit_value import LEAST_SPREAD
from features.history.entities import COMPARABLES_NEEDED
from features.history.history import History
from features.history.measures import item_numbers
from features.lake import Lake
from features.recipe import Recipe
from features.reference.tables import Tables
from simulation.settings import WorldSettings
from simulation.world import World, simulate
from tests.world_lake import world_lake, world_tables
from training.risk_model import FIRST

Floats = NDArray[np.float64]

SEEDS = (11, 12, 13, 14)
REPEATS = 2
"""Learners that differ by the seed of their bagging alone; their figures are averaged."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "decayed rates": tuple(
        f"{party}_relative_rate_decayed" for party in ("importer", "declarant", "seller", "declarant_seller")
    ),
    "hits of seller and origin": ("seller_origin_relative_rate",),
    "share of the origin": ("importer_origin_share", "seller_origin_share"),
    "first time together": ("importer_declarant_new", "importer_seller_new", "seller_route_new"),
    "bursts": ("importer_burst", "seller_burst", "declarant_burst"),
    "ring": (
        "declarant_neighbour_rate",
        "seller_neighbour_rate",
        "declarant_young_met",
        "seller_young_met",
    ),
    "splitting": (
        "like_items",
        "like_value_share",
        "importer_seller_items_7d",
        "importer_seller_value_share",
    ),
    "description": ("wording_fit", "description_length", "description_missing"),
    "unit value beyond the party's usual": (
        "unit_value_beyond_importer",
        "unit_value_beyond_seller",
        "comparables_median",
    ),
    "shares by route": ("freight_share_route_gap", "insurance_share_route_gap", "insurance_missing"),
    "tax of chapter and origin": ("tax_rate_chapter_gap", "tax_rate_origin_gap"),
    "means of comparables": ("unit_value_gap", "unit_value_score", "comparables_mean", "comparables_spread"),
}
"""Groups of features that were added or weighed together."""

_ROUNDS = 250
_JUDGED_MONTHS = 4
_FIXED = {"objective": "binary", "verbosity": -1, "num_threads": 1, "deterministic": True, "bagging_freq": 1}


def run(seeds: Sequence[int] = SEEDS, worlds: WorldSettings | None = None) -> dict[str, object]:
    """Give the figures with all features, and how they change without a group or with what was tried."""
    worlds = worlds or WorldSettings()
    made = [Material.of(worlds.model_copy(update={"seed": seed})) for seed in seeds]
    added = [name for group in GROUPS if group != _MEANS for name in GROUPS[group]]
    whole = [one.figures(set(one.names) - set(TRIED)) for one in made]

    def change(drop: Collection[str], take: Collection[str] = ()) -> Kept:
        """What it changes to leave some features out and take in others."""
        chosen = [one.figures(set(one.names) - set(TRIED) - set(drop) | set(take)) for one in made]
        return _summary([np.subtract(now, before) for now, before in zip(chosen, whole, strict=True)])

    return {
        "worlds": len(made),
        "features": len(set(made[0].names) - set(TRIED)),
        "with all": _summary(whole),
        "without all that were added": change(added),
        **{f"without: {group}": change(names) for group, names in GROUPS.items()},
        "quartiles of recent comparables in place of means": change(GROUPS[_MEANS], _QUARTILES),
        "and: rank among recent comparables": change((), ("recent_rank",)),
        "and: first two digits": change((), ("cif_digits", "invoice_digits")),
        "and: what the origin saves": change((), ("origin_preference",)),
    }


@dataclass(frozen=True)
class Material:
    """Matrices of what is learnt from and of what is judged, with all features and those of `TRIED`.

    `declarations` names the declaration of each row that is judged.
    """

    names: tuple[str, ...]
    categorical: frozenset[str]
    learn: Floats
    label: Floats
    judge: Floats
    truth: Floats
    declarations: NDArray[np.object_]

    @classmethod
    def of(cls, settings: WorldSettings) -> Material:
        """Simulate a world, take it in, and make the matrices."""
        world = simulate(settings)
        with TemporaryDirectory(prefix="tamiz-features-") as folder:
            world.write(Path(folder))
            return made_of(world, settings, world_lake(Path(folder)), world_tables(Path(folder)))

    def figures(self, chosen: Collection[str]) -> Floats:
        """Give average precision, AUC and hit rate at 5 %, averaged over learners."""
        of = average_precision, auc, partial(precision_at, share=0.05)
        scores = (self.score(chosen, repeat) for repeat in range(REPEATS))
        return np.mean([[each(score, self.truth) for each in of] for score in scores], axis=0)

    def score(self, chosen: Collection[str], repeat: int) -> Floats:
        """Give the score of each row that is judged, by the features chosen."""
        place = [number for number, name in enumerate(self.names) if name in chosen]
        names = [self.names[number] for number in place]
        data = lightgbm.Dataset(
            self.learn[:, place],
            self.label,
            feature_name=names,
            categorical_feature=[name for name in names if name in self.categorical],
        )
        booster = lightgbm.train({**FIRST, **_FIXED, "seed": repeat + 1}, data, _ROUNDS)
        return np.asarray(booster.predict(self.judge[:, place], num_threads=1))


def made_of(
    world: World,
    settings: WorldSettings,
    lake: Lake,
    tables: Tables,
    further: Mapping[str, Callable[[Dataset], Floats]] | None = None,
) -> Material:
    """Give the matrices of a world that was taken in, with `further` columns after those of `TRIED`."""
    tried = {**TRIED, **(further or {})}
    history = History.of(lake, tables=tables)
    since, until = _judged(settings)
    known = labelled(lake, history, until=since)
    rng = np.random.default_rng(0)
    asked = population(lake, history, since=since, until=until, sample=10**9, rng=rng)
    recipe = Recipe.fit(known.columns, snapshot=history.snapshot(since))
    learn, judge = (_matrix(recipe, part, tried) for part in (known, asked))
    names, categories = (*recipe.names, *tried), frozenset(recipe.categorical)
    declarations = asked.columns["declaration_id"]
    return Material(names, categories, learn, known.label, judge, _truth(world, asked), declarations)


def _judged(settings: WorldSettings) -> tuple[date, date]:
    """The last months of a world."""
    months = settings.start.year * 12 + settings.start.month - 1 + settings.months
    since, until = (date(month // 12, month % 12 + 1, 1) for month in (months - _JUDGED_MONTHS, months))
    return since, until


def _matrix(recipe: Recipe, part: Dataset, tried: Mapping[str, Callable[[Dataset], Floats]]) -> Floats:
    columns = [function(part) for function in tried.values()]
    return np.column_stack([recipe.matrix(part.columns, part.history), *columns])


def _truth(world: World, part: Dataset) -> Floats:
    keys = {"declaration_id": part.columns["declaration_id"].tolist(), "item_no": part.columns["item_no"]}
    found = pl.DataFrame(keys).join(world.truth, on=list(keys), how="left", maintain_order="left")
    return np.asarray(found["illicit"].cast(pl.Float64).fill_null(0.0).to_numpy())


def _summary(figures: Sequence[Floats]) -> Kept:
    """Mean over the worlds, and standard deviation between them."""
    spread = np.std(figures, axis=0, ddof=1) if len(figures) > 1 else np.full(len(_MEASURES), np.nan)
    pairs = zip(_MEASURES, np.mean(figures, axis=0), spread, strict=True)
    return {name: [number(mean), number(deviation)] for name, mean, deviation in pairs}


def _quartile(name: str) -> Callable[[Dataset], Floats]:
    def told(part: Dataset) -> Floats:
        known = part.history["comparables.level"] > 0
        return np.where(known, part.history[f"comparables.{name}"] / LOG_UNIT, np.nan)

    return told


def _own(part: Dataset) -> Floats:
    with np.errstate(all="ignore"):
        return item_numbers(part.columns)["uv"] / LOG_UNIT


def _gap(part: Dataset) -> Floats:
    return _own(part) - _quartile("median")(part)


def _robust(part: Dataset) -> Floats:
    middle = _quartile("three_quarters")(part) - _quartile("quarter")(part)
    return _gap(part) / (middle / 1.349 + LEAST_SPREAD)


def _rank(part: Dataset) -> Floats:
    count, below, same = (part.history[f"comparables.{name}"] for name in ("n", "below", "same"))
    rank = (below + same / 2.0) / np.maximum(count, 1)
    return np.where((count > 0) & ~np.isnan(_own(part)), rank, np.nan)


def _digits(field: str) -> Callable[[Dataset], Floats]:
    def first_two(part: Dataset) -> Floats:
        amount = np.where(part.columns[field] >= 10.0, part.columns[field], np.nan)
        return np.floor(amount / 10.0 ** (np.floor(np.log10(amount)) - 1.0))

    return first_two


def _saved(part: Dataset) -> Floats:
    near, wide = (
        np.where(part.history[f"{of}.tr_n"] >= COMPARABLES_NEEDED, part.history[f"{of}.tr_sum"], np.nan)
        / np.maximum(part.history[f"{of}.tr_n"], 1)
        for of in ("origin_hs6", "hs6")
    )
    return (near - wide) / LOG_UNIT


_MEASURES = ("average precision", "AUC", "hit rate at 5 %")
_MEANS = "means of comparables"
_QUARTILES = ("recent_gap", "recent_score", "recent_rank", "recent_quarter", "recent_three_quarters")

TRIED: Mapping[str, Callable[[Dataset], Floats]] = {
    "recent_gap": _gap,
    "recent_score": _robust,
    "recent_rank": _rank,
    "recent_quarter": _quartile("quarter"),
    "recent_three_quarters": _quartile("three_quarters"),
    "cif_digits": _digits("cif"),
    "invoice_digits": _digits("invoice_amount"),
    "origin_preference": _saved,
}
"""What was tried and not taken."""
