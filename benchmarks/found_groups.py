"""Calibration of groups: importers by what is known of them, and offices; and a calibration of each its own.

A group's own calibration moves its log-odds by one number, learnt from the calibration part and drawn towards
0 as ten items would draw it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.judged_items import Floats, Names, difference, drawn
from benchmarks.shown import Kept
from benchmarks.trained_world import TrainedWorld
from estimation.bootstrap import Statistic
from estimation.calibration import ece
from features.dataset import Dataset, goods_tuple, labelled
from scoring.booster import Booster
from training.risk_model import LabelledMatrix, fit_risk
from training.split import LabelledRows, boundaries_of, split_by_time

LEAST = 200
"""Items of a group below which its error is not told."""
NEW_DAYS = 90
_DRAW = 10.0


def groups(trained: TrainedWorld, matrix: Floats, held: Dataset, truth: pl.DataFrame) -> Kept:
    """Give the errors of calibration, of all and of the worst group, with one map and with one of each."""
    risk = trained.bundle.scorer.risk
    assert risk is not None
    known, said = _calibration_part(trained)
    now, true = risk.risk(matrix), truth["found_if_inspected"].to_numpy().astype(float)
    found: dict[str, object] = {}
    for name, of in (("importers", _standing), ("offices", _office)):
        moved = _moved(said, known.label, of(known))
        group = of(held)
        own = _logistic(_log_odds(now) + np.array([moved.get(one, 0.0) for one in group.tolist()]))
        found[name] = _errors(now, own, true, group, held)
    return found


def _calibration_part(trained: TrainedWorld) -> tuple[Dataset, Floats]:
    """Items of the calibration part, and what a model that knew nothing of them says."""
    known = labelled(trained.lake, trained.history, until=trained.today)
    columns, settings, recipe = known.columns, trained.settings, trained.bundle.recipe
    rows = LabelledRows(columns["customs_date"], known.known_date, goods_tuple(columns))
    until = (trained.today - date(1970, 1, 1)).days
    split = split_by_time(rows, boundaries_of(rows, until, settings), settings)
    chosen = dict(trained.bundle.card["model_details"]["parameters"])
    rounds, risk = chosen.pop("rounds"), trained.bundle.scorer.risk
    assert risk is not None
    data = LabelledMatrix(
        recipe.matrix(columns, known.history), known.label, recipe.names, recipe.categorical
    )
    first = Booster(fit_risk(data, split.train, chosen, rounds, settings).text)
    said = risk.calibration.apply(first.predict(data.matrix[split.calibration], raw=True))
    return known.take(split.calibration), said


def _standing(items: Dataset) -> Names:
    """New importers, those that were inspected before, and the other established ones."""
    history = items.history
    age = items.columns["customs_date"] - history["importer.first_day"]
    young = (history["importer.first_day"] < 0) | (age < NEW_DAYS)
    inspected = history["importer.known"] > 0
    return np.where(young, "new", np.where(inspected, "inspected before", "established")).astype(object)


def _office(items: Dataset) -> Names:
    return np.asarray(items.columns["office_id"], dtype=object)


def _moved(said: Floats, label: Floats, group: Names) -> dict[str, float]:
    """By group, what its log-odds are moved by: the most likely number under a prior around 0."""
    found = {}
    for name in dict.fromkeys(group.tolist()):
        odds, truly, by = _log_odds(said[group == name]), label[group == name], 0.0
        for _ in range(30):
            p = _logistic(odds + by)
            by -= float(((p - truly).sum() + _DRAW * by) / ((p * (1 - p)).sum() + _DRAW))
        found[name] = by
    return found


def _errors(now: Floats, own: Floats, true: Floats, group: Names, held: Dataset) -> Kept:
    names = [name for name in dict.fromkeys(group.tolist()) if (group == name).sum() >= LEAST]
    masks = [(group == name).astype(float) for name in names]
    statistics: dict[str, Statistic] = {}
    for way, said in (("one map", now), ("a map of each group", own)):
        statistics[f"{way}: ECE"] = _ece(said, true)
        statistics[f"{way}: error of the worst group"] = _worst(said - true, masks)
    for measure in ("ECE", "error of the worst group"):
        one, other = statistics[f"a map of each group: {measure}"], statistics[f"one map: {measure}"]
        statistics[f"{measure}, difference"] = difference(one, other)
    for name, mask in zip(names, masks, strict=True):
        statistics[f"{name}: said"], statistics[f"{name}: true"] = _share(now, mask), _share(true, mask)
    return drawn(statistics, held.columns["declaration_id"])


def _ece(said: Floats, true: Floats) -> Statistic:
    return lambda weight: ece(said, true, 10, weight)


def _worst(away: Floats, masks: list[Floats]) -> Statistic:
    return lambda weight: np.max([np.abs(_share(away, mask)(weight)) for mask in masks], axis=0)


def _share(values: Floats, mask: Floats) -> Statistic:
    return lambda weight: (weight @ (values * mask)) / (weight @ mask)


def _log_odds(share: Floats) -> Floats:
    held: NDArray[np.float64] = np.clip(share, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(held / (1 - held)))


def _logistic(odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-odds)))
