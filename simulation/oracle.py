"""Exact posterior risk of each item, for one who knows the parties' hidden states or beliefs about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.fraud import MECHANISMS, RING
from simulation.likelihood import Explanation
from simulation.lines import Floats

Beliefs = dict[str, Floats]
"""Probability of the bad state of each item's driver, by kind of driver (0 or 1 for one who knows)."""


@dataclass(frozen=True)
class Posterior:
    """Probability that an item is irregular, by mechanism (mechanisms, n), and the tax shortfall expected.

    Row 0 is the honest case; columns sum to 1.
    """

    probability: Floats
    revenue: Floats

    @property
    def risk(self) -> Floats:
        """Probability that the item is irregular."""
        risk: Floats = self.probability[1:].sum(axis=0)
        return risk


def posterior(explanation: Explanation, beliefs: Beliefs) -> Posterior:
    """Bayes' rule with the generator's own rates and likelihoods."""
    joint = joint_density(explanation, beliefs)
    probability = joint / joint.sum(axis=0)
    return Posterior(probability, (probability * explanation.shortfall).sum(axis=0))


def joint_density(explanation: Explanation, beliefs: Beliefs) -> Floats:
    """Joint density of what was declared and each mechanism, honest density 1: (mechanisms, n)."""
    joint = np.zeros_like(explanation.low)
    ring = beliefs["pair"] * explanation.rate_high[RING]
    rest = np.ones(joint.shape[1])
    for number in range(1, RING):
        bad = beliefs[MECHANISMS[number].driver]
        joint[number] = (1 - ring) * _mean(explanation.low[number], explanation.high[number], bad)
        rest -= _mean(explanation.rate_low[number], explanation.rate_high[number], bad)
    joint[0] = (1 - ring) * rest
    joint[RING] = ring * explanation.high[RING]
    return joint


def _mean(low: Floats, high: Floats, bad: Floats) -> Floats:
    return low + bad * (high - low)
