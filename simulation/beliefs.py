"""What the platform could know of the parties: beliefs from what was declared and from known outcomes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.drivers import HELD
from simulation.fraud import MECHANISMS, RING
from simulation.goods import SPREAD_PRICE
from simulation.likelihood import Explanation
from simulation.lines import Floats, Ints, Setting
from simulation.oracle import Beliefs, joint_density
from simulation.parties import GRADE, RING_IMPORTERS, Parties
from simulation.propensities import prevalence, turn_rate

LAG = 3
"""Months for which a result is waited for: one that comes later is left out."""


@dataclass(frozen=True)
class Evidence:
    """What a month's items say for the bad state of their drivers: log ratios, by kind of driver.

    `silent` holds them as long as an item's outcome is not known, `told` from `known_day` on.
    """

    party: dict[str, Ints]
    silent: dict[str, Floats]
    told: dict[str, Floats]
    known_day: Floats


class Learner:
    """A filter over the months: each party's probability of its bad state, and each seller's price grade.

    Parties are taken as independent of one another given the others' present beliefs. The chain of states,
    its rates and the likelihoods are those of the generator.
    """

    def __init__(self, parties: Parties, drift: float) -> None:
        self._turn = turn_rate(drift)
        self._share = prevalence(parties)
        self._newcomer, self._share["pair"] = _ring_prior(parties)
        self._settled = {name: _logit(share) for name, share in self._share.items()}
        self._waiting: list[tuple[Evidence, Floats]] = []
        self._seen = np.empty(0, dtype=np.int64)
        self._met = np.zeros(parties.pairs)
        self._importers = len(parties.importer_ids)
        self._weight = np.zeros(len(parties.seller_ids))
        self._left = np.zeros(len(parties.seller_ids))

    def beliefs(self, day: int) -> Beliefs:
        """Probability of the bad state by party, with what is known before `day`, the first of a month."""
        logits = dict(self._settled)
        for age, (evidence, newcomers) in enumerate(self._waiting):
            logits = self._advance(logits, evidence, newcomers, day)
            if age == 0 and len(self._waiting) >= LAG:
                self._settled = dict(logits)
        if len(self._waiting) >= LAG:
            self._waiting.pop(0)
        return {name: _probability(logit) for name, logit in logits.items()}

    def grades(self) -> tuple[Floats, Floats]:
        """Mean and variance of each seller's log price level."""
        noise = SPREAD_PRICE**2 * 1.3
        variance = 1 / (1 / GRADE**2 + self._weight / noise)
        return variance * self._left / noise, variance

    def observe(self, evidence: Evidence, setting: Setting, left: Floats, honest: Floats) -> None:
        """Takes in a month: `left` is the log price above the usual, `honest` the posterior of honesty."""
        self._weight += np.bincount(setting.seller, honest, len(self._weight))
        self._left += np.bincount(setting.seller, honest * left, len(self._left))
        self._waiting.append((evidence, self._newcomers(setting)))

    def _newcomers(self, setting: Setting) -> Floats:
        """Log ratio by pair for the young importers first seen behind it, from the second one on."""
        met = np.unique(setting.pair[setting.young] * self._importers + setting.importer[setting.young])
        fresh = np.setdiff1d(met, self._seen, assume_unique=True)
        self._seen = np.union1d(self._seen, fresh)
        before = np.maximum(self._met - 1, 0)
        self._met = self._met + np.bincount(fresh // self._importers, minlength=len(self._met))
        return (np.maximum(self._met - 1, 0) - before) * self._newcomer

    def _advance(
        self, logits: dict[str, Floats], evidence: Evidence, newcomers: Floats, day: int
    ) -> dict[str, Floats]:
        known = evidence.known_day < day
        moved = {}
        for name, logit in logits.items():
            ratio = np.where(known, evidence.told[name], evidence.silent[name])
            told = logit + np.bincount(evidence.party[name], ratio, len(logit))
            if name == "pair":
                moved[name] = np.clip(told + newcomers, -20, 20)
            else:
                bad = _probability(told)
                moved[name] = _logit(bad + self._turn * (self._share[name] - bad))
        return moved


def evidence(
    explanation: Explanation,
    beliefs: Beliefs,
    party: dict[str, Ints],
    *,
    finding: Ints,
    detected: Floats,
    known_day: Floats,
) -> Evidence:
    """What each item says of its drivers.

    `finding` is -1 where not inspected, 0 for none, else the number of a mechanism with that finding;
    `detected` (mechanisms, n) the probability that the inspection made finds each.
    """
    silent = np.ones_like(explanation.low)
    same = np.array([[one.finding == other.finding for one in MECHANISMS] for other in MECHANISMS])
    found = same[np.maximum(finding, 0)].T * detected
    told = np.where(finding == 0, 1 - detected, np.where(finding > 0, found, 1.0))
    told[0] = np.where(finding > 0, 0.0, 1.0)
    return Evidence(
        party=party,
        silent=_ratios(explanation, beliefs, silent),
        told=_ratios(explanation, beliefs, told),
        known_day=known_day,
    )


def _ratios(explanation: Explanation, beliefs: Beliefs, seen: Floats) -> dict[str, Floats]:
    """Log ratio of what is seen with a bad and with a good driver, the other drivers as believed."""
    ring = beliefs["pair"] * explanation.rate_high[RING]
    joint = joint_density(explanation, beliefs)
    joint[:RING] /= np.maximum(1 - ring, 1e-12)
    rest = (joint[:RING] * seen[:RING]).sum(axis=0)
    ringed = explanation.high[RING] * seen[RING]
    ratios = {}
    for driver in HELD:
        if driver == "pair":
            bad, good = explanation.rate_high[RING], np.zeros(len(ring))
            parts = [(1 - share) * rest + share * ringed for share in (good, bad)]
        else:
            parts = [
                (1 - ring) * (rest + _moved(explanation, beliefs[driver], seen, driver, state))
                + ring * ringed
                for state in (0.0, 1.0)
            ]
        low, high = (np.maximum(part, 1e-300) for part in parts)
        ratios[driver] = np.clip(np.log(high) - np.log(low), -12, 12)
    return ratios


def _moved(explanation: Explanation, belief: Floats, seen: Floats, driver: str, state: float) -> Floats:
    """Change of the density seen when the driver's belief is replaced by a state."""
    moved = np.zeros(len(belief))
    for number in range(1, RING):
        if MECHANISMS[number].driver == driver:
            shift = state - belief
            moved += seen[number] * shift * (explanation.high[number] - explanation.low[number])
            moved -= seen[0] * shift * (explanation.rate_high[number] - explanation.rate_low[number])
    return moved


def _ring_prior(parties: Parties) -> tuple[float, Floats]:
    """Log ratio of one more newcomer behind a pair, and the share of rings among pairs with newcomers."""
    newcomer = (parties.born >= 0) & (parties.ring < 0)
    met = np.bincount(parties.pair[newcomer, 0, 0], minlength=parties.pairs)
    usual = max(float((met[met > 0] - 1).mean()) if (met > 0).any() else 0.05, 0.05)
    rings = int(parties.pair_ring.sum())
    share = rings / max(rings + int((met > 0).sum()), 1)
    return float(np.log(max(RING_IMPORTERS - 1, 2 * usual) / usual)), np.full(parties.pairs, share)


def _logit(share: Floats) -> Floats:
    share = np.clip(share, 1e-9, 1 - 1e-9)
    return np.log(share) - np.log1p(-share)


def _probability(logit: Floats) -> Floats:
    probability: Floats = 1 / (1 + np.exp(-np.clip(logit, -40, 40)))
    return probability
