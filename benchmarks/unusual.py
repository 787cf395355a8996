"""Ways to say how unusual a row is, learnt from rows without a label: what the anomaly is chosen from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from features.recipe import Recipe
from scoring.booster import Booster
from training.anomaly_model import fit_anomaly, isolation
from training.fit import fit
from training.settings import TrainingSettings
from training.table import tabulate

Floats = NDArray[np.float64]
Score = Callable[[Floats], Floats]
Way = Callable[[Floats, Recipe], Score]
"""Usual rows and the recipe of their columns, to a score of any rows: the more unusual, the greater."""

SETTINGS = TrainingSettings()

_TOLD_APART: dict[str, float | str] = {
    "objective": "binary", "learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 50,
    "feature_fraction": 0.7, "bagging_fraction": 0.7, "cat_smooth": 20.0,
}  # fmt: skip
_LEARNT: dict[str, float | str] = {
    "objective": "regression", "learning_rate": 0.1, "num_leaves": 15, "min_data_in_leaf": 20,
    "feature_fraction": 0.5, "bagging_fraction": 0.7, "cat_smooth": 20.0,
}  # fmt: skip
_ROUNDS = 60
_SWAPPED, _DRAWN = 0.25, 0.15
_FEW_VALUES = 12
_ENDS = (0.0005, 0.9995)
_GONE = 0.3  # of the cells drawn anew in a column that knows missing values
_BINS = 20
_RARE = 0.05


def real_or_swapped(usual: Floats, recipe: Recipe) -> Score:
    """Tell real rows from rows a quarter of whose cells come from other rows: what goes together."""
    rng = np.random.default_rng(1)
    other = np.take_along_axis(usual, rng.integers(0, len(usual), usual.shape), axis=0)
    return _told_apart(usual, np.where(_some(usual, _SWAPPED, rng), other, usual), recipe)


def real_or_drawn(usual: Floats, recipe: Recipe) -> Score:
    """Tell real rows from rows some of whose cells are any value of the column's range, usual or not."""
    rng = np.random.default_rng(1)
    drawn = np.column_stack([_any_of(column, len(usual), rng) for column in usual.T])
    return _told_apart(usual, np.where(_some(usual, _DRAWN, rng), drawn, usual), recipe)


def histograms(usual: Floats, recipe: Recipe) -> Score:
    """Add up over the columns minus ln(density), in bins of about equal counts (Goldstein & Dengel 2012)."""
    del recipe
    return lambda asked: sum(
        (_rarity(seen, values) for seen, values in zip(usual.T, asked.T, strict=True)), np.zeros(len(asked))
    )


def learnt(usual: Floats, recipe: Recipe) -> Score:
    """Learn what an isolation forest tells: the anomaly model as training makes it."""
    rng = np.random.default_rng(1)
    fitted = fit_anomaly(usual, recipe.names, recipe.categorical, SETTINGS, rng)
    return Booster(fitted.text).predict


def learnt_without_findings(usual: Floats, recipe: Recipe) -> Score:
    """Learn it from the columns that no past finding has a part in."""
    told = np.array(recipe.directions) == 1
    told |= np.array([name.endswith("_known") and name != "market_known" for name in recipe.names])
    rows = np.where(told, np.nan, usual)
    return _taught(rows, isolation(usual[:, ~told], 1), recipe)


def learnt_of_both(usual: Floats, recipe: Recipe) -> Score:
    """Learn the sum of what the forest and `real_or_drawn` tell, each in its own spread."""
    both = (isolation(usual, 1), real_or_drawn(usual, recipe)(usual))
    target = sum(((one - one.mean()) / one.std() for one in both), np.zeros(len(usual)))
    return _taught(usual, target, recipe)


WAYS: Mapping[str, Way] = {
    "real or swapped": real_or_swapped,
    "real or drawn": real_or_drawn,
    "histograms": histograms,
    "learnt from a forest": learnt,
    "learnt from a forest, without findings": learnt_without_findings,
    "learnt from a forest and real or drawn": learnt_of_both,
}


def _some(rows: Floats, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Give a share of the cells, at least one of each row."""
    chosen = rng.random(rows.shape) < share
    chosen[np.arange(len(rows)), rng.integers(0, rows.shape[1], len(rows))] = True
    return chosen


def _any_of(column: Floats, count: int, rng: np.random.Generator) -> Floats:
    known = column[~np.isnan(column)]
    values = np.unique(known)
    if len(values) <= _FEW_VALUES or (values == np.round(values)).all():
        drawn = rng.choice(values, count) if len(values) else np.full(count, np.nan)
    else:
        drawn = rng.uniform(*np.quantile(known, _ENDS), count)
    gone = rng.random(count) < _GONE * (len(known) < len(column))
    return np.where(gone, np.nan, drawn)


def _told_apart(real: Floats, made: Floats, recipe: Recipe) -> Score:
    rows, label = np.concatenate([real, made]), np.repeat([0.0, 1.0], len(real))
    table = tabulate(rows, label, recipe.names, recipe.categorical, max_bin=SETTINGS.max_bin)
    booster = Booster(fit(table, _TOLD_APART, _ROUNDS, seed=1).text)
    return lambda asked: booster.predict(asked, raw=True)


def _taught(rows: Floats, target: Floats, recipe: Recipe) -> Score:
    table = tabulate(rows, target, recipe.names, recipe.categorical, max_bin=SETTINGS.max_bin)
    return Booster(fit(table, _LEARNT, SETTINGS.anomaly_rounds, seed=1).text).predict


def _rarity(seen: Floats, values: Floats) -> Floats:
    known = seen[~np.isnan(seen)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1))) if len(known) else np.empty(0)
    if len(edges) < 3:
        return np.zeros(len(values))
    density = np.histogram(known, edges)[0] / len(seen) * (edges[-1] - edges[0]) / np.diff(edges)
    place = np.clip(np.searchsorted(edges, values, "right") - 1, 0, len(density) - 1)
    told = np.where((values >= edges[0]) & (values <= edges[-1]), density[place], 0.0)
    return np.asarray(-np.log(np.where(np.isnan(values), np.isnan(seen).mean(), told) + _RARE))
