"""Which simple rules a model has to beat, and on what measure: scorecards beside each other.

On worlds that no other benchmark uses (seeds 11 to 14), so that choosing here spoils no figure there. Each
world's model is trained as `tamiz demo` does and judged, like the cards, on the inspected items of the final
test part; `bound` is the one-sided 99.9 % bound of the model's lift over the card.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.shown import Kept, number
from benchmarks.trained_world import TrainedWorld, by_seed
from estimation.bootstrap import ScoreStatistic, skill_claim
from estimation.ranking import average_precision, precision_at
from features.dataset import Dataset
from simulation.settings import WorldSettings
from training.baselines import PROFILES, relative_rate, rules_score
from training.settings import TrainingSettings

Floats = NDArray[np.float64]

SEEDS = (11, 12, 13, 14)


def run(
    seeds: Sequence[int] = SEEDS,
    worlds: WorldSettings | None = None,
    settings: TrainingSettings | None = None,
) -> dict[str, object]:
    """Give precision at 5 % and average precision of every card and the model, and the bounds."""
    return by_seed(_figures, seeds, worlds, settings)


def _figures(trained: TrainedWorld) -> Kept:
    judged = trained.judged()
    model = trained.bundle.score(judged.columns, judged.history).risk
    once = np.ones((1, len(judged)))
    found: Kept = {"items": len(judged), "illicit": int(judged.label.sum())}
    for name, of in _measures(judged.label).items():
        found[f"{name}, model"] = number(of(model, once)[0])
    for card, points in cards(judged).items():
        for name, of in _measures(judged.label).items():
            found[f"{name}, {card}"] = number(of(points, once)[0])
            found[f"bound by {name}, {card}"] = number(_bound(of, model, points, judged))
    return found


def cards(judged: Dataset) -> Mapping[str, Floats]:
    """Give the points of each card: flags alone, hit rates alone, both, and both with logarithms of rates."""
    scorecard = rules_score(judged.columns, judged.history)
    rates = _rates(judged, lambda rate: rate)
    flags = scorecard - rates
    return {
        "flags": flags + 3.0 * _found(judged, "importer") + 2.0 * _found(judged, "seller"),
        "hit rates": rates,
        "hit rates and flags": scorecard,
        "logarithms of hit rates, flags": _rates(judged, np.log) + flags / 2.0,
    }


def _rates(judged: Dataset, transform: Callable[[Floats], Any]) -> Floats:
    return np.sum([transform(relative_rate(judged.history, profile)) for profile in PROFILES], axis=0)


def _found(judged: Dataset, party: str) -> NDArray[np.bool_]:
    return np.asarray(judged.history[f"{party}.illicit"] > 0)


def _measures(label: Floats) -> dict[str, ScoreStatistic]:
    return {
        "precision at 5 %": lambda score, weight: np.asarray(precision_at(score, label, 0.05, weight)),
        "average precision": lambda score, weight: np.asarray(average_precision(score, label, weight)),
    }


def _bound(of: ScoreStatistic, model: Floats, points: Floats, judged: Dataset) -> float:
    clusters = judged.columns["declaration_id"].astype(str)
    rng = np.random.default_rng(1)
    return skill_claim("", of, model, {"card": points}, clusters, rng=rng).bound
