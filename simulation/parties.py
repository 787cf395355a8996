"""The parties of the world: importers, sellers, brokers, and the rings among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.commodities import SECTORS
from simulation.countries import sellers_mix
from simulation.identifiers import tax_numbers
from simulation.lines import Flags, Floats, Ints, one_of
from simulation.settings import WorldSettings

YOUNG_DAYS = 180
"""An importer is young for so long after its first day."""
RING_SHARE = 0.026
"""Share of declarations that importers of rings lodge."""
RING_IMPORTERS = 8
"""Short-lived importers of one ring, one after another."""
GRADE = 0.22
"""Spread of the quality (log price) between sellers of the same goods."""
SIZE = 0.5
"""Spread of the usual lot (log mass) between importers."""
_SLOTS = 5


@dataclass(frozen=True)
class Parties:
    """Arrays over importers, sellers and (broker, seller) pairs; days count from the world's first.

    `sellers[i, slot]` with `seller_cut[i, slot]` (cumulative) and `brokers[i, slot]` are whom importer i
    trades through; `pair[i, seller slot, broker slot]` numbers the pair. `ring` is the ring of an importer,
    -1 for none, and `pair_ring` marks the pairs behind a ring.
    """

    importer_ids: list[str]
    sector: Ints
    weight: Floats
    born: Ints
    gone: Ints
    aeo: Flags
    size: Floats
    sellers: Ints
    seller_cut: Floats
    brokers: Ints
    pair: Ints
    ring: Ints
    seller_ids: list[str]
    seller_sector: Ints
    seller_country: Ints
    grade: Floats
    broker_ids: list[str]
    pair_ring: Flags

    @property
    def pairs(self) -> int:
        """Number of (broker, seller) pairs that any importer may use."""
        return len(self.pair_ring)


def populate(settings: WorldSettings, rng: np.random.Generator) -> Parties:
    """The parties of a world; their numbers grow with its declarations.

    >>> parties = populate(WorldSettings(declarations=2000), np.random.default_rng(1))
    >>> len(parties.importer_ids), len(parties.seller_ids), len(parties.broker_ids)
    (149, 100, 20)
    """
    days = 31 * settings.months
    honest = max(40, settings.declarations // 15)
    rings = max(2, round(settings.declarations / 3000))
    sellers = max(70, settings.declarations // 20)
    brokers = max(20, settings.declarations // 300)
    seller_sector = np.arange(sellers) % len(SECTORS)
    seller_country = one_of(sellers_mix(), seller_sector, rng)
    seller_weight = rng.lognormal(0, 1.2, sellers)
    broker_weight = rng.lognormal(0, 0.9, brokers)

    count = honest + rings * RING_IMPORTERS
    ring = np.repeat(np.arange(-1, rings), [honest, *[RING_IMPORTERS] * rings])
    member = ring >= 0
    ring_broker = _distinct(rings, brokers, rng)
    ring_seller = _distinct(rings, sellers, rng)
    sector = np.where(member, seller_sector[ring_seller[ring]], rng.integers(len(SECTORS), size=count))
    born, gone = _lives(ring, days, rng)
    slots = _sellers(sector, seller_sector, seller_weight, rng)
    chosen = rng.choice(brokers, size=(count, 2), p=broker_weight / broker_weight.sum())
    slots[member, 0], chosen[member, 0] = ring_seller[ring[member]], ring_broker[ring[member]]
    keys, number = np.unique(chosen[:, None, :] * sellers + slots[:, :, None], return_inverse=True)
    weight = _weights(ring, born, gone, days, rng)
    return Parties(
        importer_ids=tax_numbers(count, rng),
        sector=sector,
        weight=weight,
        born=born,
        gone=gone,
        aeo=~member & (born < 0) & (weight > np.quantile(weight[~member], 0.9)) & (rng.random(count) < 0.6),
        size=rng.normal(0, SIZE, count),
        sellers=slots,
        seller_cut=_cuts(member, rng),
        brokers=chosen,
        pair=number.reshape(count, _SLOTS, 2),
        ring=ring,
        seller_ids=[f"S{number:07d}" for number in rng.choice(10_000_000, sellers, replace=False).tolist()],
        seller_sector=seller_sector,
        seller_country=seller_country,
        grade=rng.normal(0, GRADE, sellers),
        broker_ids=[f"A{number:05d}" for number in rng.choice(100_000, brokers, replace=False).tolist()],
        pair_ring=np.isin(keys, ring_broker * sellers + ring_seller),
    )


def _distinct(count: int, among: int, rng: np.random.Generator) -> Ints:
    return rng.permutation(np.resize(np.arange(among), max(count, among)))[:count]


def _lives(ring: Ints, days: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """First and last day: most honest importers are there before; ring members follow one another."""
    count = len(ring)
    born = np.where(rng.random(count) < 0.62, -rng.integers(200, 4000, count), rng.integers(0, days, count))
    short = (born >= 0) & (rng.random(count) < 0.35)
    gone = np.where(
        short, born + rng.integers(60, 200, count), np.maximum(born, 0) + rng.integers(300, 4000, count)
    )
    member = ring >= 0
    turn = np.tile(np.arange(RING_IMPORTERS), ring.max() + 1)
    spread = days / RING_IMPORTERS
    begun = (turn * spread + rng.uniform(-0.6, 0.6, len(turn)) * spread).astype(np.int64)
    born[member] = np.clip(begun, 0, days - 40)
    gone[member] = born[member] + rng.integers(70, 170, len(turn))
    return born, gone


def _sellers(sector: Ints, seller_sector: Ints, weight: Floats, rng: np.random.Generator) -> Ints:
    slots = np.empty((len(sector), _SLOTS), dtype=np.int64)
    for one in range(len(SECTORS)):
        rows, among = np.flatnonzero(sector == one), np.flatnonzero(seller_sector == one)
        slots[rows] = rng.choice(among, size=(len(rows), _SLOTS), p=weight[among] / weight[among].sum())
    return slots


def _cuts(member: Flags, rng: np.random.Generator) -> Floats:
    """Cumulative shares of the seller slots: a few sellers each, the first one foremost."""
    used = np.where(np.arange(_SLOTS) < rng.integers(1, _SLOTS + 1, len(member))[:, None], 1.0, 0.0)
    share = used * np.array([0.5, 0.22, 0.14, 0.09, 0.05])
    share[member] = [0.85, 0.09, 0.06, 0.0, 0.0]
    return np.cumsum(share / share.sum(axis=1, keepdims=True), axis=1)


def _weights(ring: Ints, born: Ints, gone: Ints, days: int, rng: np.random.Generator) -> Floats:
    """How much an importer declares a day: long-tailed; the rings' total is their share of the world."""
    weight = rng.lognormal(0, 1.25, len(ring))
    alive = np.minimum(gone, days) - np.maximum(born, 0)
    member = ring >= 0
    weight[member] = rng.lognormal(0, 0.4, int(member.sum()))
    load = weight * np.maximum(alive, 1)
    weight[member] *= RING_SHARE / (1 - RING_SHARE) * load[~member].sum() / load[member].sum()
    return weight
