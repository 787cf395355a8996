"""What the model of kinds is worth where the truth is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.judged_items import drawn, mean_of
from benchmarks.shown import Kept, number
from estimation.bootstrap import Statistic
from estimation.calibration import ece
from features.dataset import Dataset
from scoring.kinds import KindModel
from scoring.scorer import Scorer

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

TIMES = 1_000


def kinds(scorer: Scorer, matrix: Floats, held: Dataset, truth: pl.DataFrame) -> Kept:
    """Give what the model of kinds says of items that an opening would find irregular, and of all items."""
    if scorer.kinds is None:
        return {"kinds": "too few findings"}
    return {
        "rates": {name: number(rate) for name, rate in scorer.kinds.rates.items()},
        "boosters": list(scorer.kinds.boosters),
        "weight": scorer.kinds.weight,
        "given that it is irregular": _given(scorer.kinds, matrix, held, truth),
        "of all items": _of_all(scorer, matrix, held, truth),
        "microseconds": _microseconds(scorer, matrix, held),
    }


def _found(truth: pl.DataFrame) -> NDArray[np.bool_]:
    return np.asarray(truth["found_if_inspected"].to_numpy() == 1)


def _kinds(model: KindModel, truth: pl.DataFrame) -> Names:
    """What would be found, rare kinds as `other`, None where nothing would."""
    finding = truth["finding"].to_numpy().astype(object)
    finding[~np.isin(finding.astype(str), [*model.rates])] = "other"
    finding[~_found(truth)] = None
    return np.asarray(finding, dtype=object)


def _given(model: KindModel, matrix: Floats, held: Dataset, truth: pl.DataFrame) -> Kept:
    kind, names = _kinds(model, truth), [*model.rates]
    rows = np.flatnonzero(np.isin(kind.astype(str), names))
    place = np.array([names.index(name) for name in kind[rows]])
    said, usual = model.given_illicit(matrix[rows]), np.tile([*model.rates.values()], (len(rows), 1))
    measures: dict[str, Callable[[Floats], Floats]] = {
        "log loss": lambda p: -np.log(p[np.arange(len(p)), place]),
        "Brier": lambda p: ((p - np.eye(len(names))[place]) ** 2).sum(axis=1),
        "likeliest kind is right": lambda p: (p.argmax(axis=1) == place).astype(float),
    }
    statistics: dict[str, Statistic] = {}
    for name, of in measures.items():
        one, other = of(said), of(usual)
        statistics |= {name: mean_of(one), f"{name}, base rates": mean_of(other)}
        statistics[f"{name}, difference"] = mean_of(one - other)
    for number_, name in enumerate(names):
        statistics[f"{name}: said"] = mean_of(said[:, number_])
        statistics[f"{name}: true"] = mean_of((place == number_).astype(float))
    return {"items": len(rows), **drawn(statistics, held.columns["declaration_id"][rows])}


def _of_all(scorer: Scorer, matrix: Floats, held: Dataset, truth: pl.DataFrame) -> Kept:
    """Is the probability of each kind, of any item, what it says? ECE over ten bins, and the sums."""
    assert scorer.kinds is not None
    scores = scorer.score_matrix(matrix, held.columns)
    kind = _kinds(scorer.kinds, truth)
    whole = np.sum([*scores.kinds.values()], axis=0)
    statistics = {
        f"ECE, {name}": _ece(values, (kind == name).astype(float)) for name, values in scores.kinds.items()
    }
    return {
        "items": len(held),
        "most that kinds differ from the risk": float(np.abs(whole - scores.risk).max()),
        **drawn(statistics, held.columns["declaration_id"]),
    }


def _microseconds(scorer: Scorer, matrix: Floats, held: Dataset) -> Kept:
    """What kinds cost of scoring one item, and of many."""
    without, kinds = replace(scorer, kinds=None), scorer.kinds
    assert kinds is not None
    ones = [
        (matrix[row : row + 1], {k: v[row : row + 1] for k, v in _money(held).items()})
        for row in range(TIMES)
    ]
    with_, plain = (_each(lambda one: each.score_matrix(*one), ones) for each in (scorer, without))  # noqa: B023
    started = time.perf_counter()
    kinds.given_illicit(matrix)
    return {
        "scores of one item": with_,
        "without kinds": plain,
        "kinds alone": _each(lambda one: kinds.given_illicit(one[0]), ones),
        "kinds of a row among many": number((time.perf_counter() - started) / len(matrix) * 1e6),
    }


def _money(held: Dataset) -> dict[str, Floats]:
    return {name: held.columns[name] for name in ("cif", "net_kg", "tax_rate_pct")}


def _each(function: Callable[..., object], asked: Sequence[object]) -> float | None:
    taken = []
    for one in asked:
        started = time.perf_counter()
        function(one)
        taken.append(time.perf_counter() - started)
    return number(float(np.median(taken)) * 1e6)


def _ece(said: Floats, true: Floats) -> Statistic:
    return lambda weight: ece(said, true, 10, weight)
