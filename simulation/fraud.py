"""The planted mechanisms: who tends to which irregularity, when, and how strongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulation.commodities import BRANDED, DUTY, TARGET, tax_rates
from simulation.countries import HUB, PARTNER
from simulation.lines import Flags, Floats, Ints, Setting
from simulation.settings import Mechanisms


@dataclass(frozen=True)
class Mechanism:
    """One planted mechanism.

    `driver` is the kind of party whose hidden state (good or bad) decides between the rates `low` and
    `high` an item; the rate times its exposure never exceeds `cap`. The caps of all but the ring sum to 1.
    `missed` multiplies the inspectors' miss rate, `paper_missed` where they see the documents only.
    """

    name: str
    driver: str
    low: float
    high: float
    cap: float
    finding: str
    missed: float
    paper_missed: float


DRIVERS: tuple[str, ...] = ("importer", "broker", "origin_seller", "fake_seller", "pair", "nobody")
MECHANISMS: tuple[Mechanism, ...] = (
    Mechanism("none", "nobody", 0, 0, 0, "none", 0, 0),
    Mechanism("undervaluation", "importer", 0.009, 0.29, 0.36, "value", 1.0, 1.3),
    Mechanism("quantity", "importer", 0.004, 0.060, 0.08, "quantity", 1.0, 4.0),
    Mechanism("misclassification", "broker", 0.006, 0.115, 0.15, "classification", 1.2, 2.2),
    Mechanism("false_origin", "origin_seller", 0.005, 0.140, 0.16, "origin", 1.4, 1.6),
    Mechanism("counterfeit", "fake_seller", 0.006, 0.200, 0.24, "ip", 0.8, 4.5),
    Mechanism("other", "nobody", 0.002, 0.002, 0.01, "other", 1.0, 2.0),
    Mechanism("ring", "pair", 0.0, 0.45, 0.90, "value", 1.0, 1.3),
)
NUMBER: dict[str, int] = {mechanism.name: number for number, mechanism in enumerate(MECHANISMS)}
RING = NUMBER["ring"]
RATE: Floats = tax_rates()
_TYPICAL = 36.0


def rates(
    number: int, good: Ints, origin: Ints, setting: Setting, strength: Mechanisms
) -> tuple[Floats, Floats]:
    """Probability of a mechanism in items of these true goods and origin: of a good, and of a bad party.

    Items of a ring come first: the rates of the others are those of what is left.
    """
    mechanism = MECHANISMS[number]
    exposed = _exposure(mechanism.name, good, origin, setting, strength) * getattr(strength, mechanism.name)
    low: Floats = np.minimum(mechanism.low * exposed, mechanism.cap)
    high: Floats = np.minimum(mechanism.high * exposed, mechanism.cap)
    return low, high


def _exposure(name: str, good: Ints, origin: Ints, setting: Setting, strength: Mechanisms) -> Floats:
    """How much the goods, their origin and their way invite a mechanism; 1 is usual."""
    duty, foreign = DUTY[good], ~PARTNER[origin]
    gap = np.where(TARGET >= 0, DUTY - DUTY[TARGET], 0.0)[good]
    exposed: dict[str, Callable[[], Floats]] = {
        "undervaluation": lambda: (RATE[good, 0] / _TYPICAL) ** (1.8 * strength.tariff_pull),
        "quantity": lambda: np.where(setting.mode == 4, 0.5, 1.3),
        "misclassification": lambda: np.where(foreign, gap / 12, 0.0),
        "false_origin": lambda: np.where(foreign & (duty >= 6), duty / 14, 0.0),
        "counterfeit": lambda: np.where(BRANDED[good], np.where(HUB[setting.departure], 2.5, 0.7), 0.0),
        "ring": lambda: setting.young.astype(np.float64),
        "other": lambda: np.ones(len(good)),
    }
    return exposed[name]()


def commit(
    goods: tuple[Ints, Ints],
    setting: Setting,
    bad: dict[str, Flags],
    strength: Mechanisms,
    rng: np.random.Generator,
) -> Ints:
    """The mechanism at work in each item, 0 for none.

    `goods` holds true commodity and origin, `bad` each driver's state, by item.
    """
    good, origin = goods
    ringed = rng.random(len(good)) < np.where(
        bad["pair"], rates(RING, good, origin, setting, strength)[1], 0.0
    )
    chance = rng.random(len(good))
    chosen = np.zeros(len(good), dtype=np.int64)
    reached = np.zeros(len(good))
    for number in range(1, RING):
        low, high = rates(number, good, origin, setting, strength)
        rate = np.where(bad[MECHANISMS[number].driver], high, low)
        chosen[(chance >= reached) & (chance < reached + rate)] = number
        reached += rate
    return np.where(ringed, RING, chosen)
