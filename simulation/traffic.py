"""Who declares what kind of consignment when: the part of a month that knows nothing of irregularities."""

from __future__ import annotations

from datetime import date

import numpy as np

from simulation.countries import CODES, HUB, ROAD
from simulation.lines import Flags, Floats, Ints, Setting, Traffic
from simulation.parties import YOUNG_DAYS, Parties

SEA, ROADWAY, AIR = 1, 3, 4
MODES: tuple[int, ...] = (SEA, ROADWAY, AIR)
OFFICES: tuple[str, ...] = ("118", "046", "235", "172", "019")
_ITEMS = np.array([0.46, 0.22, 0.12, 0.08, 0.05, 0.03, 0.02, 0.02])
_HOUR = 3600


def first_days(start: date, months: int) -> Ints:
    """Day on which each month begins, counted from the first, and the day after the last: (months + 1,).

    >>> first_days(date(2024, 1, 1), 2).tolist()
    [0, 31, 60]
    """
    number = start.year * 12 + start.month - 1
    firsts = [date((number + step) // 12, (number + step) % 12 + 1, 1) for step in range(months + 1)]
    return np.array([(first - firsts[0]).days for first in firsts])


def spread(declarations: int, months: int, first_month: int, rng: np.random.Generator) -> Ints:
    """Declarations of each month: a slow growth, a season before Christmas, chance."""
    season = np.array([0.95, 0.88, 0.97, 0.96, 1.0, 0.98, 1.0, 1.02, 1.05, 1.12, 1.12, 0.95])
    step = np.arange(months)
    weight = season[(first_month - 1 + step) % 12] * 1.006**step
    return rng.multinomial(declarations, weight / weight.sum())


def traffic(count: int, parties: Parties, days: tuple[int, int], rng: np.random.Generator) -> Traffic:
    """The declarations of some days, from the first to before the last, sorted by time.

    Importers are drawn in proportion to their trade.
    """
    first, until = days
    begun, ended = np.maximum(parties.born, first), np.minimum(parties.gone, until)
    load = parties.weight * np.maximum(ended - begun, 0)
    importer = rng.choice(len(load), size=count, p=load / load.sum())
    day = begun[importer] + (rng.random(count) * (ended - begun)[importer]).astype(np.int64)
    second = (rng.beta(2.2, 2.6, count) * 11 * _HOUR).astype(np.int64) + 8 * _HOUR
    order = np.lexsort((second, day))
    importer, day, second = importer[order], day[order], second[order]
    slot = (parties.seller_cut[importer, :-1] < rng.random((count, 1))).sum(axis=1)
    side = (rng.random(count) < 0.12).astype(np.int64)
    seller = parties.sellers[importer, slot]
    departure = _departure(parties.seller_country[seller], rng)
    mode = _mode(departure, rng)
    return Traffic(
        day=day,
        second=second,
        importer=importer,
        seller=seller,
        broker=parties.brokers[importer, side],
        pair=parties.pair[importer, slot, side],
        departure=departure,
        mode=mode,
        office=_office(mode, departure, rng),
        young=young(parties, importer, day),
        items=1 + (np.cumsum(_ITEMS)[:-1] < rng.random((count, 1))).sum(axis=1),
    )


def young(parties: Parties, importer: Ints, day: Ints) -> Flags:
    """True for importers in their first 180 days."""
    return day - parties.born[importer] <= YOUNG_DAYS


def setting(traffic: Traffic, parties: Parties, index: float) -> Setting:
    """What surrounds each item; `index` is the month's level of prices (log)."""
    row = np.repeat(np.arange(len(traffic.day)), traffic.items)
    seller = traffic.seller[row]
    return Setting(
        declaration=row,
        importer=traffic.importer[row],
        seller=seller,
        broker=traffic.broker[row],
        pair=traffic.pair[row],
        sector=parties.seller_sector[seller],
        country=parties.seller_country[seller],
        departure=traffic.departure[row],
        office=traffic.office[row],
        mode=traffic.mode[row],
        young=traffic.young[row],
        index=index,
    )


def _departure(country: Ints, rng: np.random.Generator) -> Ints:
    """Mostly the seller's country; one in eight goes by a hub."""
    hub = rng.choice(np.flatnonzero(HUB), size=len(country), p=[0.35, 0.45, 0.2])
    return np.where(rng.random(len(country)) < 0.12, hub, country)


def _mode(departure: Ints, rng: np.random.Generator) -> Ints:
    chance: Floats = rng.random(len(departure))
    by_road = ROAD[departure] & (chance < 0.55)
    return np.where(by_road, ROADWAY, np.where(chance > 0.74, AIR, SEA))


def _office(mode: Ints, departure: Ints, rng: np.random.Generator) -> Ints:
    """Numbers in OFFICES: ports, the airport, the two land borders."""
    port = (rng.random(len(mode)) < 0.15).astype(np.int64)
    border = np.where(departure == CODES.index("EC"), 4, 3)
    return np.where(mode == AIR, 2, np.where(mode == ROADWAY, border, port))
