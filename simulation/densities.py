"""Densities of what is declared, given true goods and origin: the generator's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation import goods
from simulation.commodities import BRANDED, COUNTED, PIECE, TARE
from simulation.lines import Declared, Floats, Ints, Setting


@dataclass(frozen=True)
class Knowledge:
    """What is taken as known of the sellers' grade and the importers' size: means and variances, by item.

    The one who knows all has variance 0.
    """

    grade: Floats
    grade_variance: Floats
    size: Floats
    size_variance: Floats


@dataclass(frozen=True)
class Effect:
    """What a mechanism does to the log price (shift, variance), the mass, and what a brand is worth."""

    shift: float = 0.0
    variance: float = 0.0
    kept: float = 1.0
    unbranded: bool = False


UNTOUCHED = Effect()


@dataclass(frozen=True)
class PricePart:
    """Log density of the price in one kind of lot, what is left of the log price, and its variance there."""

    density: Floats
    left: Floats
    variance: Floats


@dataclass(frozen=True)
class Densities:
    """Log densities of each declared figure, by item; `good` and `origin` are what is held to be true.

    `kept` is the part of the true quantity that is held to be declared.
    """

    declared: Declared
    setting: Setting
    known: Knowledge

    def price(self, good: Ints, origin: Ints, effect: Effect = UNTOUCHED) -> Floats:
        """Log density of the declared price."""
        parts = self.price_parts(good, origin, effect)
        return np.logaddexp(parts[0].density, parts[1].density)

    def price_parts(self, good: Ints, origin: Ints, effect: Effect) -> tuple[PricePart, PricePart]:
        """The same for lots at the usual price and for lots sold cheap, which add up to it."""
        brand = np.full_like(self.declared.brand, -1) if effect.unbranded else self.declared.brand
        mass = self.declared.mass - np.log(effect.kept)
        left = (
            self.declared.value
            - goods.usual_price(good, origin, brand, mass, self.setting)
            - self.known.grade
        )
        usual = goods.SPREAD_PRICE**2 + self.known.grade_variance
        cheap, lower = usual + goods.CHEAP_SPREAD**2, left - goods.CHEAP_SHIFT
        share = goods.CHEAP_SHARE
        return (
            PricePart(np.log(1 - share) + _normal(left - effect.shift, usual + effect.variance), left, usual),
            PricePart(np.log(share) + _normal(lower - effect.shift, cheap + effect.variance), lower, cheap),
        )

    def mass(self, good: Ints, kept: float = 1.0) -> Floats:
        """Of the net mass."""
        left = self.declared.mass - np.log(kept) - goods.usual_mass(good, self.setting.mode) - self.known.size
        return _normal(left, goods.SPREAD_MASS**2 + self.known.size_variance)

    def piece(self, good: Ints) -> Floats:
        """Of the mass of a piece, where pieces are declared."""
        seen = COUNTED[self.declared.good]
        return np.where(seen, _normal(self.declared.piece - PIECE[good], goods.SPREAD_PIECE**2), 0.0)

    def package(self, good: Ints, kept: float = 1.0) -> Floats:
        """Of the net mass of a package."""
        left = self.declared.package - np.log(kept) - goods.usual_package(good, self.setting.mode)
        return _normal(left, goods.SPREAD_PACKAGE**2)

    def freight(self, kept: float = 1.0) -> Floats:
        """Of the freight; `kept` is that of the gross mass."""
        left = self.declared.freight + np.log(kept)
        left -= goods.usual_freight(self.setting.departure, self.setting.mode)
        return _normal(left, goods.SPREAD_FREIGHT**2)

    def gross(self, good: Ints, kept: float = 1.0) -> Floats:
        """Log density of gross over net, which is (1 + tare) / kept."""
        tare = self.declared.gross * kept - 1
        there = tare > 0
        tare = np.where(there, tare, 1.0)
        density = _normal(np.log(tare) - TARE[good], goods.SPREAD_TARE**2) + np.log(kept / tare)
        return np.where(there, density, -np.inf)

    def brand(self, good: Ints) -> Floats:
        """Log probability of the brand in honest goods."""
        share = goods.BRAND_SHARE
        shown = np.log(share * goods.BRANDS[self.declared.brand])
        return np.where(BRANDED[good], np.where(self.declared.brand >= 0, shown, np.log(1 - share)), 0.0)

    def words(self, kind: str, true: Ints | None = None) -> Floats:
        """Log probability of the description's commodity; `true` is the goods that hide."""
        share, vague = goods.WORDS_OWN[kind]
        words, good = self.declared.words, self.declared.good
        if true is not None:
            own, other = np.full(len(good), share), np.where(words == true, 1 - share - vague, 0.0)
        else:
            count = goods.NEIGHBOUR_COUNT[good]
            own = np.where(count > 0, share, 1 - vague)
            other = (1 - own - vague) / np.maximum(count, 1)
        return log_share(np.where(words == -1, vague, np.where(words == good, own, other)))


def _normal(left: Floats, variance: Floats | float) -> Floats:
    return -0.5 * (left * left / variance + np.log(2 * np.pi * variance))


def log_share(share: Floats) -> Floats:
    """Log of a probability, -inf for 0.

    >>> log_share(np.array([1.0, 0.0])).tolist()
    [0.0, -inf]
    """
    with np.errstate(divide="ignore"):
        return np.log(share)
