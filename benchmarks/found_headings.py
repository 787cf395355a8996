"""How often the true heading of a misclassified item is among the three that are named."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl

from benchmarks.judged_items import drawn, mean_of
from benchmarks.shown import Kept, number
from benchmarks.trained_world import TrainedWorld
from features.dataset import Dataset
from features.heading_facts import Facts, heading_facts
from scoring.headings import MOST, headings_of


def headings(trained: TrainedWorld, held: Dataset, truth: pl.DataFrame) -> Kept:
    """Give the share of items under a wrong heading whose true one is among three, by what is looked at."""
    snapshot, corrections = trained.history.snapshot(trained.test_from), trained.bundle.scorer.corrections
    code, true = held.columns["hs_code"], truth["true_hs_code"].to_numpy()
    wrong = np.array([one[:4] != other[:4] for one, other in zip(code, true, strict=True)])
    rows = np.flatnonzero(wrong & (truth["finding"].to_numpy() == "classification"))
    facts, taken = [], []
    for row in rows.tolist():
        started = time.perf_counter()
        facts.append(heading_facts(snapshot.get_all, held.columns, row))
        taken.append(time.perf_counter() - started)
    asked = list(zip(facts, [one[:4] for one in code[rows]], [one[:4] for one in true[rows]], strict=True))
    ways: Mapping[str, Callable[[Facts, str], Sequence[str]]] = {
        "evidence": lambda one, own: _three(one, own, corrections),
        "evidence without past corrections": lambda one, own: _three(one, own, {}),
        "base rate: most declared": lambda one, own: _most(one, own, "items"),
        "most declared by the importer": lambda one, own: _most(one, own, "importer_items"),
        "words alone": lambda one, own: _most(one, own, "fit"),
    }
    statistics = {
        name: mean_of(np.array([true_one in way(one, own) for one, own, true_one in asked], float))
        for name, way in ways.items()
    }
    return {
        "items": len(rows),
        "headings known": len(facts[0].headings) if facts else 0,
        "facts of one item, us": number(float(np.median(taken)) * 1e6),
        **drawn(statistics, held.columns["declaration_id"][rows]),
    }


def _three(facts: Facts, own: str, corrections: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    return [one.heading for one in headings_of(facts, own, corrections).others]


def _most(facts: Facts, own: str, name: str) -> Sequence[str]:
    others = [one for one in facts.headings if one.heading != own]
    ranked = sorted(others, key=lambda one: (-getattr(one, name), -one.items))
    return [one.heading for one in ranked[:MOST]]
