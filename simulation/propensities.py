"""Hidden states of the parties: who is bad this month, and how that drifts."""

from __future__ import annotations

import numpy as np

from simulation.lines import Flags, Floats
from simulation.parties import Parties

TURN = 0.03
"""Share of the parties' states redrawn each month at drift 1."""
States = dict[str, Flags]
"""One flag a party, by kind of driver: True is the bad state."""


def prevalence(parties: Parties) -> dict[str, Floats]:
    """Long-run share of the bad state, one figure a party, by kind of driver (the rings stay rings)."""
    return {
        "importer": np.where(parties.aeo, 0.02, 0.115),
        "broker": np.full(len(parties.broker_ids), 0.16),
        "origin_seller": np.full(len(parties.seller_ids), 0.14),
        "fake_seller": np.full(len(parties.seller_ids), 0.11),
    }


def first_states(parties: Parties, rng: np.random.Generator) -> States:
    """States in the first month."""
    trade = _trade(parties)
    states = {name: _spread(share, trade[name], rng) for name, share in prevalence(parties).items()}
    return {**states, "pair": parties.pair_ring.copy()}


def next_states(states: States, parties: Parties, drift: float, rng: np.random.Generator) -> States:
    """States a month later: a few parties are drawn anew, so that the shares stay as they are."""
    turned = dict(states)
    for name, share in prevalence(parties).items():
        again = rng.random(len(share)) < turn_rate(drift)
        turned[name] = np.where(again, rng.random(len(share)) < share, states[name])
    return turned


def turn_rate(drift: float) -> float:
    """Probability that a party's state is drawn anew in a month.

    >>> turn_rate(0.0)
    0.0
    """
    return min(TURN * drift, 1.0)


def _trade(parties: Parties) -> dict[str, Floats]:
    """How much each party trades, roughly."""
    brokers: Floats = np.bincount(parties.brokers[:, 0], parties.weight, len(parties.broker_ids)).astype(
        float
    )
    sellers: Floats = np.bincount(parties.sellers[:, 0], parties.weight, len(parties.seller_ids)).astype(
        float
    )
    return {"importer": parties.weight, "broker": brokers, "origin_seller": sellers, "fake_seller": sellers}


def _spread(share: Floats, trade: Floats, rng: np.random.Generator) -> Flags:
    """Each party bad with its share, evenly over small and large ones: worlds of two seeds are then alike."""
    order = np.argsort(trade, kind="stable")
    steps = np.floor(np.cumsum(share[order]) + rng.random())
    bad = np.zeros(len(share), dtype=bool)
    bad[order] = np.diff(steps, prepend=0.0) > 0
    return bad
