"""How well each mechanism explains what was declared, summed over the truth that may hide behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation import goods
from simulation.commodities import BRANDED, DUTY, sources
from simulation.countries import PARTNER
from simulation.densities import Densities, Effect, log_share
from simulation.fraud import MECHANISMS, NUMBER, RATE, RING, rates
from simulation.lines import Floats, Ints
from simulation.papers import Papers
from simulation.settings import Mechanisms

SOURCES: Ints = sources()


@dataclass(frozen=True)
class Explanation:
    """Joint density of what was declared and each mechanism, in units of the honest density.

    `low[k]`, `high[k]` (mechanisms, n) hold rate × likelihood with a good and with a bad driver; `rate_low`,
    `rate_high` the rates at the declared goods, for the honest case; `shortfall[k]` the expected tax
    shortfall if k is the case, in the valuation currency. For the ring, low and high are the plain
    likelihood, and the rates its probability.
    """

    low: Floats
    high: Floats
    rate_low: Floats
    rate_high: Floats
    shortfall: Floats


def explain(of: Densities, papers: Papers, strength: Mechanisms) -> Explanation:
    """The explanation of each item by each mechanism; the declared money is that of `papers`."""
    explained = _Explained(of, papers, strength)
    explained.plain("undervaluation", *explained.cheapened("undervaluation"))
    explained.plain("other", np.zeros(len(papers.fob)), np.zeros(len(papers.fob)))
    explained.plain("counterfeit", *explained.faked())
    explained.plain("ring", *explained.cheapened("ring"))
    explained.lessened()
    explained.moved()
    explained.hidden()
    return explained.result()


class _Explained:
    """The sums in the making."""

    def __init__(self, of: Densities, papers: Papers, strength: Mechanisms) -> None:
        declared, setting, fob = of.declared, of.setting, papers.fob
        self.of, self.fob, self.cif = of, fob, papers.cif
        self.declared, self.setting, self.strength = declared, setting, strength
        shape = (len(MECHANISMS), len(fob))
        self.low, self.high, self.money = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.rate_low, self.rate_high = np.zeros(shape), np.zeros(shape)
        for number in range(1, len(MECHANISMS)):
            args = (number, declared.good, declared.origin, setting, strength)
            self.rate_low[number], self.rate_high[number] = rates(*args)
        self.tax = RATE[declared.good, declared.claim.astype(int)] / 100
        self.price0 = self.of.price(declared.good, declared.origin)
        self.goods0 = np.log(goods.MIX_GOODS[setting.sector, declared.good])
        self.origin0 = np.log(goods.MIX_ORIGIN[setting.sector, setting.country, declared.origin])

    def plain(self, name: str, log_ratio: Floats, money: Floats) -> None:
        """A mechanism that leaves goods and origin true."""
        number = NUMBER[name]
        ratio = _bounded(log_ratio)
        if number == RING:
            self.low[number] = self.high[number] = ratio
        else:
            self.low[number], self.high[number] = (
                self.rate_low[number] * ratio,
                self.rate_high[number] * ratio,
            )
        self.money[number] = money

    def cheapened(self, name: str) -> tuple[Floats, Floats]:
        """Undervaluation: log ratio, and the shortfall expected given how low the price is."""
        mean, spread = goods.UNDERSTATED[name]
        good, origin = self.declared.good, self.declared.origin
        parts = self.of.price_parts(good, origin, Effect(-mean, spread**2))
        total = np.logaddexp(parts[0].density, parts[1].density)
        true_over_declared = np.zeros(len(self.fob))
        for part in parts:
            centre = mean + spread**2 / (spread**2 + part.variance) * (-part.left - mean)
            width = spread**2 * part.variance / (spread**2 + part.variance)
            true_over_declared += np.exp(part.density - total + centre + width / 2)
        return total - self.price0, self.fob * (true_over_declared - 1) * self.tax

    def faked(self) -> tuple[Floats, Floats]:
        """Counterfeits: copied brands at the price of goods without a brand; no shortfall is claimed."""
        brand, good = self.declared.brand, self.declared.good
        shown = brand >= 0
        share = goods.FAKE_BRAND_SHARE
        copied = np.where(shown, share * goods.FAKE_BRANDS[brand], 1 - share)
        effect = Effect(goods.FAKE_SHIFT, goods.FAKE_SPREAD**2, unbranded=True)
        price = self.of.price(good, self.declared.origin, effect)
        words = self.of.words("fake") - self.of.words("honest")
        ratio = np.log(copied) - self.of.brand(good) + price - self.price0 + words
        return np.where(BRANDED[good], ratio, -np.inf), np.zeros(len(good))

    def lessened(self) -> None:
        """Less declared than there is: summed over the parts kept, and whether the gross mass was reduced."""
        number, declared = NUMBER["quantity"], self.declared
        masses0 = (
            self.of.mass(declared.good)
            + self.of.gross(declared.good)
            + self.of.package(declared.good)
            + self.of.freight()
        )
        total, money = np.zeros(len(self.fob)), np.zeros(len(self.fob))
        for kept in goods.KEPT.tolist():
            same = self.of.price(declared.good, declared.origin, Effect(kept=kept))
            same += self.of.mass(declared.good, kept)
            same += self.of.package(declared.good, kept) - self.price0 - masses0
            squared = np.log(goods.SQUARED) + self.of.gross(declared.good) + self.of.freight(kept)
            odd = np.log(1 - goods.SQUARED) + self.of.gross(declared.good, kept) + self.of.freight()
            part = _bounded(same + np.logaddexp(squared, odd)) / len(goods.KEPT)
            total += part
            money += part * (1 / kept - 1) * self.fob * self.tax
        self.low[number], self.high[number] = self.rate_low[number] * total, self.rate_high[number] * total
        self.money[number] = money / np.maximum(total, 1e-300)

    def moved(self) -> None:
        """False origin: summed over the origins that have no agreement."""
        number, declared, setting = NUMBER["false_origin"], self.declared, self.setting
        claimed = log_share(goods.MIX_CLAIM[setting.country, declared.origin])
        free = PARTNER[declared.origin] & (DUTY[declared.good] > 0)
        honest = self.origin0 + np.where(free, np.log(goods.CLAIM_SHARE), 0.0)
        for origin in np.flatnonzero(~PARTNER).tolist():
            true = np.full(len(self.fob), origin)
            low, high = rates(number, declared.good, true, setting, self.strength)
            ratio = log_share(goods.MIX_ORIGIN[setting.sector, setting.country, origin]) + claimed - honest
            ratio += self.of.price(declared.good, true) - self.price0
            share = np.where(declared.claim & free, _bounded(ratio), 0.0)
            self.low[number] += low * share
            self.high[number] += high * share
        duty = RATE[declared.good, 0] - RATE[declared.good, 1]
        self.money[number] = self.cif * duty / 100

    def hidden(self) -> None:
        """Misclassification: summed over the commodities that hide under the declared one."""
        number, declared, setting = NUMBER["misclassification"], self.declared, self.setting
        good = declared.good
        honest = self.goods0 + self.price0 + self.of.brand(good) + self.of.words("honest")
        honest += self.of.mass(good) + self.of.piece(good) + self.of.gross(good) + self.of.package(good)
        weighed = np.zeros(len(self.fob))
        for column in SOURCES.T:
            true = column[good]
            there = (true >= 0) & (declared.brand < 0)
            true = np.maximum(true, 0)
            low, high = rates(number, true, declared.origin, setting, self.strength)
            ratio = np.log(goods.MIX_GOODS[setting.sector, true]) + self.of.price(true, declared.origin)
            ratio += self.of.words("hidden", true) + self.of.mass(true) + self.of.piece(true)
            ratio += self.of.gross(true) + self.of.package(true) - honest
            share = np.where(there, _bounded(ratio), 0.0)
            self.low[number] += low * share
            self.high[number] += high * share
            gap = RATE[true, declared.claim.astype(int)] / 100 - self.tax
            weighed += high * share * gap * self.cif
        self.money[number] = weighed / np.maximum(self.high[number], 1e-300)

    def result(self) -> Explanation:
        """All of it."""
        return Explanation(self.low, self.high, self.rate_low, self.rate_high, self.money)


def _bounded(log_ratio: Floats) -> Floats:
    return np.exp(np.clip(log_ratio, -700.0, 60.0))
