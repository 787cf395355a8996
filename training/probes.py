"""Leak probes: ways in which an evaluation flatters itself, looked for in every training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Probe
from estimation.bootstrap import skill_claim
from estimation.ranking import auc, average_precision
from features.dataset import Dataset
from features.history.history import History
from features.local_time import date_of
from features.recipe import Recipe
from training.catalogue import each, sentence, text
from training.settings import TrainingSettings

Floats = NDArray[np.float64]

SHUFFLED, FEATURE, PARITY, DATES, MEMORY = (
    "shuffled labels", "telling feature", "parity", "dates", "memory",
)  # fmt: skip
PROBES: tuple[str, ...] = (SHUFFLED, FEATURE, PARITY, DATES, MEMORY)
"""Every probe; the gate refuses a model of which one is not there or failed."""

_BINS = 32
_SURE = 0.999  # level of the claim that shuffled labels must not reach
_STRENGTH = 5.0  # rows at the overall rate that a bin is taken together with


@dataclass(frozen=True)
class Answered:
    """The test rows that a probe looks at: items, matrix, and the model's own score."""

    items: Dataset
    matrix: Floats
    score: Floats
    clusters: NDArray[Any]


def shuffled_probe(
    score: Floats, label: Floats, clusters: NDArray[Any], settings: TrainingSettings,
    rng: np.random.Generator,
) -> Probe:  # fmt: skip
    """Judge a model learnt from shuffled labels, by labels shuffled alike: skill there is made, not found."""
    claim = skill_claim(
        "average_precision",
        lambda held, weight: np.asarray(average_precision(held, label, weight)),
        score,
        {"random": np.zeros(len(label))},
        clusters,
        rng=rng,
        replicates=max(1000, settings.replicates),
        level=_SURE,
    )
    words = text(
        "probe/shuffled/failed" if claim.holds else "probe/shuffled/passed",
        lift=f"{claim.lift:.2f}",
        level=f"{claim.level:.1%}",
        bound=f"{claim.bound:.2f}",
    )
    return Probe(SHUFFLED, not claim.holds, words)


def feature_probe(
    known: Floats, label: Floats, answered: Answered, recipe: Recipe, settings: TrainingSettings
) -> Probe:
    """Name the column that separates the test rows best by itself; too well is a label in disguise.

    Each column's rates by bin (codes, for a category) are those of the `known` rows, asked of the test rows.
    """
    truth, codes = answered.items.label, recipe.categorical
    alone = {
        name: auc(_rates(known[:, place], label, answered.matrix[:, place], codes=name in codes), truth)
        for place, name in enumerate(recipe.names)
    }
    best = max(alone, key=lambda name: alone[name])
    passed = alone[best] < settings.probe_feature_auc
    words = text(
        "probe/feature/found",
        feature=best,
        auc=f"{alone[best]:.3f}",
        most=f"{settings.probe_feature_auc:g}",
        model=f"{auc(answered.score, truth):.3f}",
    )
    return Probe(FEATURE, passed, words)


def parity_probe(answered: Answered, recipe: Recipe, history: History, settings: TrainingSettings) -> Probe:
    """Compare test rows as the trainer has them with the same looked up as the service does, to the bit."""
    days = _fullest_days(answered.items.columns["customs_date"], settings.probe_days)
    rows = 0
    for day in days:
        at = np.flatnonzero(answered.items.columns["customs_date"] == day)
        items = answered.items.take(at)
        found = history.snapshot(date_of(day)).lookup(items.columns)
        served = recipe.matrix(items.columns, found)
        if wrong := _first_difference(recipe.names, served, answered.matrix[at]):
            words = text("probe/parity/failed", day=date_of(day).isoformat(), **wrong)
            return Probe(PARITY, passed=False, words=words)
        rows += len(at)
    words = text("probe/parity/passed", items=str(rows), days=str(len(days)))
    return Probe(PARITY, passed=True, words=words)


def dates_probe(known: Dataset, test_from: int, until: int, test: Dataset) -> Probe:
    """Count labelled rows that were not yet there on the day of learning, or were labelled before they came.

    `known` are the rows learnt from, `test` those judged; days are since 1970.
    """
    counts = {
        "known_early": sum(
            int((one.known_date < one.columns["customs_date"]).sum()) for one in (known, test)
        ),
        "learnt_unknown": int(
            ((known.known_date >= test_from) | (known.columns["known_date"] >= test_from)).sum()
        ),
        "learnt_early": int((known.columns["customs_date"] >= test_from).sum()),
        "judged_early": int(((test.columns["customs_date"] >= until) | (test.known_date >= until)).sum()),
    }
    wrong = {what: count for what, count in counts.items() if count}
    if not wrong:
        words = text("probe/dates/passed", items=f"{len(known) + len(test):,}")
        return Probe(DATES, passed=True, words=words)
    return Probe(DATES, passed=False, words=text("probe/dates/failed", wrong=each(partial(_counted, wrong))))


def _counted(wrong: Mapping[str, int], language: str) -> str:
    return ", ".join(
        sentence(f"probe/dates/{what}", language, count=f"{count:,}") for what, count in wrong.items()
    )


def _rates(known: Floats, label: Floats, asked: Floats, *, codes: bool) -> Floats:
    """Give the illicit rate, among known rows, of the bin that each asked row falls into."""
    held = known[~np.isnan(known)]
    cuts = held if codes or not len(held) else np.quantile(held, np.arange(1, _BINS) / _BINS)
    edges = np.unique(cuts)
    bins, asked_bins = (
        np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, np.nan_to_num(values)))
        for values in (known, asked)
    )
    counts = np.bincount(bins, minlength=len(edges) + 2)
    found = np.bincount(bins, weights=label, minlength=len(edges) + 2)
    return np.asarray(((found + _STRENGTH * label.mean()) / (counts + _STRENGTH))[asked_bins])


def _fullest_days(day: NDArray[Any], most: int) -> list[int]:
    days, counts = np.unique(day, return_counts=True)
    return sorted(days[np.argsort(-counts, kind="stable")[:most]].tolist())


def _first_difference(names: tuple[str, ...], served: Floats, learnt: Floats) -> dict[str, str] | None:
    """Give the first value that differs to the bit, and how many do; None where none does."""
    differs = served.view(np.int64) != learnt.view(np.int64)
    rows, columns = np.nonzero(differs & ~(np.isnan(served) & np.isnan(learnt)))
    if not len(rows):
        return None
    first = rows[0], columns[0]
    return {
        "feature": names[columns[0]],
        "served": repr(float(served[first])),
        "learnt": repr(float(learnt[first])),
        "count": str(len(rows)),
    }
