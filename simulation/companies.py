"""The register of companies of the world: ages, activities and addresses, telling and misleading."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulation.commodities import SECTORS
from simulation.lines import Flags, Floats, Ints
from simulation.parties import Parties

REGISTERED = 0.95
"""Share of the importers that the register knows."""
OWN_ADDRESS = 0.93
"""Share of honest firms with an address of their own; the others sit in business centres."""
RING_ADDRESS = 0.8
"""Share of a ring's importers that sit at the ring's address."""
MISMATCH, RING_MISMATCH = 0.12, 0.4
"""Share of firms whose registered activity is not that of their goods."""
QUICK = 0.35
"""Share of honest newcomers that import within weeks of their registration, as those of rings do."""

_ACTIVITIES = ("4641", "4652", "4530", "4649", "4649", "4630", "4663")
"""ISIC Rev. 4 class of the wholesalers of each sector."""
_OTHERS = ("4690", "4610", "4669", "7020", "4711")
_STREETS = (
    "Av. Los Cedros", "Jr. Cantuta", "Calle Las Gaviotas", "Av. Puerto Viejo", "Jr. Molinos",
    "Calle Estibadores", "Av. Huertas", "Psje. Las Redes",
)  # fmt: skip


def companies(parties: Parties, days: int, rng: np.random.Generator) -> pl.DataFrame:
    """A row a company when it is registered, and one more where it was struck off.

    Days count from the world's first; it lasts for `days`.
    """
    count, ring = len(parties.importer_ids), parties.ring
    member = ring >= 0
    registered = parties.born - _ahead(parties.born, member, rng)
    frame = pl.DataFrame(
        {
            "importer_id": parties.importer_ids,
            "registered": registered,
            "activity": _activities(parties.sector, member, rng),
            "active": np.ones(count, np.int64),
            "address": _addresses(ring, rng),
            "employees": _employees(parties.weight, member, rng),
            "valid_from": registered,
            "known_from": registered + rng.integers(1, 11, count),
        }
    )
    ended = parties.gone + rng.integers(30, 200, count)
    struck = (ended < days) & (rng.random(count) < 0.5)
    kept = rng.random(count) < REGISTERED
    over = {"active": np.zeros(count, np.int64), "valid_from": ended, "known_from": ended + 3}
    closed = frame.with_columns(pl.Series(name, values) for name, values in over.items())
    every = pl.concat([frame.filter(kept), closed.filter(struck & kept)])
    return every.filter(pl.col("known_from") < days)


def _ahead(born: Ints, member: Flags, rng: np.random.Generator) -> Ints:
    """Days from the registration to the first import."""
    count = len(born)
    quick = member | ((born >= 0) & (rng.random(count) < QUICK))
    return np.where(quick, rng.integers(8, 75, count), rng.integers(60, 2500, count))


def _activities(sector: Ints, member: Flags, rng: np.random.Generator) -> pl.Series:
    other = rng.random(len(sector)) < np.where(member, RING_MISMATCH, MISMATCH)
    strange = len(SECTORS) + rng.integers(len(_OTHERS), size=len(sector))
    return pl.Series([*_ACTIVITIES, *_OTHERS])[np.where(other, strange, sector)]


def _addresses(ring: Ints, rng: np.random.Generator) -> pl.Series:
    """An address each; some share that of a business centre, those of a ring mostly the ring's."""
    count, rings = len(ring), int(ring.max(initial=-1)) + 1
    centres = max(3, count // 60)
    shared = rng.random(count) >= np.where(ring >= 0, RING_ADDRESS, OWN_ADDRESS)
    own = centres + rings + np.arange(count)
    place = np.where(shared, rng.integers(centres, size=count), own)
    place = np.where((ring >= 0) & ~shared, centres + ring, place)
    number = rng.permutation(centres + rings + count)
    street = rng.integers(len(_STREETS), size=len(number))
    spelled = [f"{_STREETS[one]} {100 + n}" for one, n in zip(street.tolist(), number.tolist(), strict=True)]
    return pl.Series(spelled)[place]


def _employees(weight: Floats, member: Flags, rng: np.random.Generator) -> pl.Series:
    """Declared employees: few in most firms, fewest in those of a ring, often not told."""
    usual = np.floor(rng.lognormal(0.9, 1.0, len(weight)) * np.maximum(weight, 0.2) ** 0.4)
    number = np.where(member, rng.integers(0, 4, len(weight)), usual).astype(np.int64)
    told = pl.Series(rng.random(len(weight)) < 0.8)
    return pl.select(pl.when(told).then(pl.Series(number))).to_series()
