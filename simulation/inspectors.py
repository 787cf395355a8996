"""Who is inspected, by old-style rules or by chance, and what the inspectors find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.commodities import BASE, SECTORS
from simulation.countries import CODES
from simulation.fraud import MECHANISMS, RATE
from simulation.lines import Declared, Flags, Floats, Ints, Setting, Traffic
from simulation.settings import WorldSettings
from simulation.traffic import OFFICES

OFFICERS = 9
"""Inspectors of each office."""
LONGEST_DELAY = 75.0
RED_SHARE = 0.65
"""Share of the old-style selections whose goods are opened; the others get a check of documents."""
_SUSPECT = np.array([code in {"CN", "PA", "HK", "AE", "BD", "IN"} for code in CODES])


@dataclass(frozen=True)
class Custom:
    """Habits of the offices: which sectors they favour, their price list, and how well each officer looks.

    `favour` is (offices, sectors), `listed` a log price by commodity, `care` a factor of the miss rate by
    officer with mean 1: (offices, officers).
    """

    favour: Floats
    listed: Floats
    care: Floats


@dataclass(frozen=True)
class Known:
    """What the offices go by: habits, authorised importers, what was found and known before, by importer."""

    settings: WorldSettings
    custom: Custom
    aeo: Flags
    findings: Ints


@dataclass(frozen=True)
class Inspections:
    """What was inspected in a month, by declaration: the reason (0 not, 1 legacy, 2 random), whether the
    goods were opened, the officer, and day of inspection and of the result (fractions count)."""

    reason: Ints
    opened: Flags
    officer: Ints
    inspected: Floats
    result: Floats
    known: Floats


def habits(rng: np.random.Generator) -> Custom:
    """The offices' habits at the start."""
    care = rng.uniform(0.4, 1.6, (len(OFFICES), OFFICERS))
    return Custom(
        favour=rng.normal(0, 0.6, (len(OFFICES), len(SECTORS))),
        listed=BASE + rng.normal(-0.1, 0.3, len(BASE)),
        care=care / care.mean(),
    )


def changed(custom: Custom, rng: np.random.Generator) -> Custom:
    """The habits a quarter later: preferences move on."""
    favour = 0.8 * custom.favour + 0.36 * rng.normal(0, 1, custom.favour.shape)
    return Custom(favour, custom.listed, custom.care)


def inspect(
    traffic: Traffic, setting: Setting, declared: Declared, known: Known, rng: np.random.Generator
) -> Inspections:
    """The inspections of a month.

    Chance picks first, each declaration alike and apart from all else; the old rules pick among the others.
    Neither looks at anything that was not declared or known.
    """
    count, settings = len(traffic.day), known.settings
    chosen = rng.random(count) < settings.random_share
    probability = _legacy(_suspicion(traffic, setting, declared, known), settings.legacy_share)
    targeted = ~chosen & (rng.random(count) < probability)
    inspected = traffic.day + traffic.second / 86400 + rng.uniform(0.1, 2.5, count)
    delay = np.minimum(rng.lognormal(np.log(settings.label_delay_days), 0.7, count), LONGEST_DELAY) + 0.2
    late = np.where(rng.random(count) < 0.05, rng.uniform(1, 8, count), 0.0)
    return Inspections(
        reason=np.where(chosen, 2, np.where(targeted, 1, 0)),
        opened=chosen | (rng.random(count) < RED_SHARE),
        officer=rng.integers(OFFICERS, size=count),
        inspected=inspected,
        result=inspected + delay,
        known=inspected + delay + late,
    )


def detection(opened: Flags, miss_rate: float) -> Floats:
    """Probability that an inspection finds each mechanism: (mechanisms, n)."""
    missed = (
        np.array([one.missed for one in MECHANISMS]),
        np.array([one.missed * one.paper_missed for one in MECHANISMS]),
    )
    rate = miss_rate * np.where(opened[None, :], missed[0][:, None], missed[1][:, None])
    found: Floats = 1 - np.minimum(rate, 0.95)
    return found


def _suspicion(traffic: Traffic, setting: Setting, declared: Declared, known: Known) -> Floats:
    """The old rules' score of each declaration: its worst item, and its importer."""
    item = 0.035 * (RATE[declared.good, 0] - 35)
    item += np.where(_SUSPECT[declared.origin], 0.5, 0.0)
    item += np.where(declared.value < known.custom.listed[declared.good] - np.log(2), 1.0, 0.0)
    item += known.custom.favour[setting.office, setting.sector]
    starts = np.concatenate([[0], np.cumsum(traffic.items)[:-1]])
    score: Floats = np.maximum.reduceat(item, starts)
    score += np.where(known.findings[traffic.importer] > 0, 1.1, 0.0) + np.where(traffic.young, 0.6, 0.0)
    return score - np.where(known.aeo[traffic.importer], 2.0, 0.0)


def _legacy(score: Floats, share: float) -> Floats:
    """Probabilities that rise with the score and have the mean `share`."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(_logistic(score + middle)) < share else (low, middle)
    return _logistic(score + low)


def _logistic(score: Floats) -> Floats:
    probability: Floats = 1 / (1 + np.exp(-score))
    return probability
