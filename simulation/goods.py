"""True goods, and what is declared of them once a mechanism has had its way."""

from __future__ import annotations

import numpy as np

from simulation.commodities import BASE, BRANDED, DUTY, PACKAGE, PIECE, TARE, TARGET, neighbours, sector_mix
from simulation.countries import CODES, FREIGHT, LEVEL, PARTNER, claim_mix, origin_mix
from simulation.fraud import NUMBER
from simulation.lines import Declared, Flags, Floats, Ints, Setting, Truth, one_of
from simulation.traffic import AIR, ROADWAY

SPREAD_PRICE, SPREAD_MASS, SPREAD_PIECE = 0.34, 0.65, 0.45
SPREAD_TARE, SPREAD_PACKAGE, SPREAD_FREIGHT = 0.45, 0.50, 0.30
CHEAP_SHARE, CHEAP_SHIFT, CHEAP_SPREAD = 0.08, -0.45, 0.25
"""Honest lots sold cheap (clearance, seconds): their share, and the shift and spread of their log price."""
BRAND_PREMIUM, BRAND_SHARE = 0.40, 0.5
BRANDS: Floats = np.array([0.28, 0.26, 0.24, 0.22])
FAKE_BRANDS: Floats = np.array([0.55, 0.27, 0.12, 0.06])
"""Shares of a commodity's four brands, in honest goods and in counterfeits: the first are most copied."""
BULK = -0.05
"""Log price falls so much for each log kg above the usual: a discount for quantity."""
UNDERSTATED: dict[str, tuple[float, float]] = {"undervaluation": (0.62, 0.28), "ring": (0.75, 0.28)}
"""Mean and spread of ln(true / declared) price."""
FAKE_SHIFT, FAKE_SPREAD, FAKE_BRAND_SHARE = -0.20, 0.30, 0.75
KEPT: Floats = np.array([0.45, 0.55, 0.65, 0.75, 0.85])
"""Parts of the quantity that are declared when less is; one as likely as the other."""
SQUARED = 0.55
"""Share of them in which the gross mass is reduced along, so that net and gross agree."""
CLAIM_SHARE = 0.85
WORDS_OWN: dict[str, tuple[float, float]] = {
    "honest": (0.85, 0.12),
    "hidden": (0.45, 0.35),
    "fake": (0.66, 0.33),
}
"""Share of the declared code's own description, and of a vague one; the rest is a related commodity's."""
MIX_GOODS: Floats = sector_mix()
MIX_ORIGIN: Floats = origin_mix()
MIX_CLAIM: Floats = claim_mix()
NEIGHBOURS: Ints = np.array([[*one, *[-1] * (4 - len(one))] for one in neighbours()])
NEIGHBOUR_COUNT: Ints = (NEIGHBOURS >= 0).sum(axis=1)


def usual_price(good: Ints, origin: Ints, brand: Ints, mass: Floats, setting: Setting) -> Floats:
    """Usual log price FOB a kg, before the seller's grade."""
    premium = np.where(brand >= 0, BRAND_PREMIUM, 0.0)
    price: Floats = BASE[good] + LEVEL[origin] + premium + BULK * (mass - 6.0) + setting.index
    return price


def usual_mass(good: Ints, mode: Ints) -> Floats:
    """Usual log net mass of an item, before the importer's size: dear goods come in smaller lots."""
    by_mode = np.where(mode == AIR, 4.6, np.where(mode == ROADWAY, 6.4, 6.9))
    mass: Floats = by_mode - 0.5 * (BASE[good] - 2.2)
    return mass


def usual_freight(departure: Ints, mode: Ints) -> Floats:
    """Usual log freight a gross kg."""
    freight: Floats = FREIGHT[departure] + np.where(mode == AIR, 2.4, np.where(mode == ROADWAY, 0.2, 0.0))
    return freight


def usual_package(good: Ints, mode: Ints) -> Floats:
    """Usual log net mass of a package."""
    package: Floats = PACKAGE[good] - np.where(mode == AIR, 0.35, 0.0)
    return package


def true_goods(setting: Setting, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """True commodity and true origin of each item."""
    good = one_of(MIX_GOODS, setting.sector, rng)
    table = MIX_ORIGIN.reshape(-1, len(CODES))
    return good, one_of(table, setting.sector * len(CODES) + setting.country, rng)


def declare(
    true: tuple[Ints, Ints, Ints],
    grade: Floats,
    size: Floats,
    setting: Setting,
    rng: np.random.Generator,
) -> tuple[Declared, Truth]:
    """What is declared of true goods under each item's mechanism, and the truth beside it.

    `true` holds each item's mechanism, commodity and origin, `grade` is the seller's log price level,
    `size` the importer's log lot size, by item.
    """
    mechanism, good, origin = true
    count = len(good)
    hidden, fake = mechanism == NUMBER["misclassification"], mechanism == NUMBER["counterfeit"]
    less, moved = mechanism == NUMBER["quantity"], mechanism == NUMBER["false_origin"]
    claimed = one_of(MIX_CLAIM, setting.country, rng)
    declared_good, declared_origin = np.where(hidden, TARGET[good], good), np.where(moved, claimed, origin)
    brand = _brand(good, hidden, fake, rng)
    mass = usual_mass(good, setting.mode) + size + rng.normal(0, SPREAD_MASS, count)
    price = usual_price(good, origin, np.where(fake, -1, brand), mass, setting) + grade
    price += _price_noise(count, rng) + np.where(fake, rng.normal(FAKE_SHIFT, FAKE_SPREAD, count), 0.0)
    understated = _understated(mechanism, rng)
    kept = np.where(less, rng.choice(KEPT, count), 1.0)
    squared = less & (rng.random(count) < SQUARED)
    tare = 1 + np.exp(TARE[good] + rng.normal(0, SPREAD_TARE, count))
    package = usual_package(good, setting.mode) + rng.normal(0, SPREAD_PACKAGE, count)
    freight = usual_freight(setting.departure, setting.mode) + rng.normal(0, SPREAD_FREIGHT, count)
    free = PARTNER[declared_origin] & (DUTY[declared_good] > 0)
    declared = Declared(
        good=declared_good,
        origin=declared_origin,
        claim=free & (moved | (rng.random(count) < CLAIM_SHARE)),
        words=_words(good, declared_good, hidden, fake, rng),
        brand=brand,
        value=price - understated,
        mass=mass + np.log(kept),
        piece=PIECE[good] + rng.normal(0, SPREAD_PIECE, count),
        gross=np.where(less & ~squared, tare / kept, tare),
        package=package + np.log(kept),
        freight=freight - np.where(squared, np.log(kept), 0.0),
    )
    return declared, Truth(mechanism, good, origin, understated, kept)


def _brand(good: Ints, hidden: Flags, fake: Flags, rng: np.random.Generator) -> Ints:
    """A brand for half of the goods that have brands, for most counterfeits, for none that hide."""
    honest = rng.choice(4, size=len(good), p=BRANDS)
    copied = rng.choice(4, size=len(good), p=FAKE_BRANDS)
    shown = rng.random(len(good)) < np.where(fake, FAKE_BRAND_SHARE, BRAND_SHARE)
    return np.where(BRANDED[good] & ~hidden & shown, np.where(fake, copied, honest), -1)


def _price_noise(count: int, rng: np.random.Generator) -> Floats:
    cheap = rng.random(count) < CHEAP_SHARE
    noise: Floats = rng.normal(0, SPREAD_PRICE, count)
    return noise + np.where(cheap, rng.normal(CHEAP_SHIFT, CHEAP_SPREAD, count), 0.0)


def _understated(mechanism: Ints, rng: np.random.Generator) -> Floats:
    drawn: Floats = rng.normal(0, 1, len(mechanism))
    shift = np.zeros(len(mechanism))
    for name, (mean, spread) in UNDERSTATED.items():
        at = mechanism == NUMBER[name]
        shift[at] = mean + spread * drawn[at]
    return shift


def _words(good: Ints, declared: Ints, hidden: Flags, fake: Flags, rng: np.random.Generator) -> Ints:
    """Commodity whose description is used, -1 for a vague one."""
    kind = np.where(hidden, 1, np.where(fake, 2, 0))
    shares = np.array([WORDS_OWN["honest"], WORDS_OWN["hidden"], WORDS_OWN["fake"]])[kind]
    chance = rng.random(len(good))
    slot = (rng.random(len(good)) * np.maximum(NEIGHBOUR_COUNT[declared], 1)).astype(np.int64)
    related = np.where(NEIGHBOUR_COUNT[declared] > 0, NEIGHBOURS[declared, slot], declared)
    other = np.where(hidden, good, related)
    vague = chance < shares.sum(axis=1)
    return np.where(chance < shares[:, 0], declared, np.where(vague, -1, other))
