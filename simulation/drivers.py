"""Which party drives which irregularity in each item."""

from __future__ import annotations

import numpy as np

from simulation.fraud import DRIVERS
from simulation.lines import Flags, Ints, Setting
from simulation.oracle import Beliefs

HELD: tuple[str, ...] = tuple(driver for driver in DRIVERS if driver != "nobody")
"""Kinds of parties with a hidden state."""


def by_item(beliefs: Beliefs, party: dict[str, Ints], count: int) -> Beliefs:
    """Beliefs of each item's drivers."""
    held = {name: beliefs[name][party[name]] for name in HELD}
    return {**held, "nobody": np.zeros(count)}


def drivers(setting: Setting) -> dict[str, Ints]:
    """The party that drives each item, by kind of driver."""
    return {
        "importer": setting.importer,
        "broker": setting.broker,
        "origin_seller": setting.seller,
        "fake_seller": setting.seller,
        "pair": setting.pair,
    }


def states_by_item(states: dict[str, Flags], party: dict[str, Ints], count: int) -> dict[str, Flags]:
    """States of each item's drivers."""
    held = {name: states[name][party[name]] for name in HELD}
    return {**held, "nobody": np.zeros(count, dtype=bool)}
