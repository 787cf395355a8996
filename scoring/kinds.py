"""What kind of irregularity: how likely each kind of finding is, given that there is one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.calibration import DECIMALS
from scoring.errors import ScoringError

Floats = NDArray[np.float64]


def kind_file(name: str) -> str:
    """Give the file of the booster of a kind.

    >>> kind_file("value")
    'kind_value.txt'
    """
    return f"kind_{name}.txt"


@dataclass(frozen=True)
class KindModel:
    """Shares of the kinds among past findings, and boosters that tell each kind from the others.

    `rates` adds up to 1. Of an irregular item the probability of a kind is proportional to
    rate^(1 - weight) * own^weight, where `own` is what its booster says, the rate where it has none (too few
    findings). With `weight` 0 there are no boosters: the kinds are those of past findings, whatever the item.
    Matrices hold all columns of the recipe.
    """

    rates: Mapping[str, float]
    boosters: Mapping[str, Booster]
    weight: float

    def __post_init__(self) -> None:
        """Refuse rates that are none, a weight beyond 0 and 1, boosters that nobody believes."""
        sound = all(rate > 0 for rate in self.rates.values()) and math.isclose(sum(self.rates.values()), 1.0)
        believed = bool(self.boosters) == (self.weight > 0) and self.boosters.keys() <= self.rates.keys()
        if not (sound and believed and 0 <= self.weight <= 1):
            raise ScoringError(
                "the model of the kinds of finding does not add up", remedy="train the model again"
            )

    @property
    def learnt(self) -> bool:
        """True if the item itself tells something of its kind."""
        return self.weight > 0

    def given_illicit(self, matrix: Floats) -> Floats:
        """Give the probability of each kind if the item is illicit, (n, kinds); each row adds up to 1."""
        own = np.empty((len(matrix), len(self.rates)))
        own[:] = self._shares
        for place, name in enumerate(self.rates):
            if name in self.boosters:
                own[:, place] = self.boosters[name].predict(matrix)
        return np.round(believed(own, self._shares, self.weight), DECIMALS)

    def probability(self, given: Floats, risk: Floats) -> dict[str, Floats]:
        """Give the probability of each kind, by what `given_illicit` gave; they add up to the risk."""
        whole = np.round(given * risk[:, np.newaxis], DECIMALS)
        return {name: whole[:, place].copy() for place, name in enumerate(self.rates)}

    @cached_property
    def _shares(self) -> Floats:
        return np.array([*self.rates.values()])

    def to_json(self) -> dict[str, Any]:
        """Give all but the boosters, each of which is a file of its own."""
        return {"rates": dict(self.rates), "boosters": list(self.boosters), "weight": self.weight}

    @classmethod
    def from_json(cls, texts: Mapping[str, str], data: Mapping[str, Any]) -> KindModel:
        """Read what to_json wrote, beside the texts of the boosters by file."""
        rates = {name: float(data["rates"][name]) for name in sorted(data["rates"])}
        boosters = {name: Booster(texts[kind_file(name)]) for name in data["boosters"]}
        return cls(rates, boosters, float(data["weight"]))


def believed(own: Floats, rates: Floats, weight: float) -> Floats:
    """Give the probabilities of kinds that lie between their rates (weight 0) and what is said of each.

    >>> believed(np.array([[0.8, 0.2]]), np.array([0.5, 0.5]), 0.5).round(3).tolist()
    [[0.667, 0.333]]
    """
    mixed: Floats = np.exp((1 - weight) * np.log(rates) + weight * np.log(np.clip(own, 1e-9, 1.0)))
    mixed /= mixed.sum(axis=1, keepdims=True)
    return mixed
