"""Market prices of the world: a survey of quotes by goods, origin and month, published after the month."""

from __future__ import annotations

import numpy as np
import polars as pl

from simulation.commodities import BASE, COMMODITIES, SECTOR
from simulation.countries import CODES, HUB, LEVEL, sellers_mix
from simulation.goods import BRAND_PREMIUM, BRAND_SHARE, SPREAD_PRICE
from simulation.lines import Floats, Ints
from simulation.parties import GRADE
from simulation.provenance import ANY

COVERED = 0.75
"""Share of the goods of an origin that the survey follows."""
FEWEST, MOST = 4, 30
"""Quotes of a survey."""
REVISED = 0.02
"""Share of the prices that are revised a month or two later."""


def market_prices(index: Floats, firsts: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Prices FOB a kg: low, middle and high of the quotes, by HS6, origin (empty: any) and month.

    `index` is each month's level of prices, `firsts` the first day of each month and the day after the last.
    A month's prices become known 5 to 20 days after its end; days count from the world's first.
    """
    good, origin = _followed(rng)
    month = np.repeat(np.arange(len(index)), len(good))
    good, origin = np.tile(good, len(index)), np.tile(origin, len(index))
    quotes = rng.integers(FEWEST, MOST + 1, len(good))
    known = firsts[month + 1] + rng.integers(5, 21, len(index))[month]
    survey = _survey(good, origin, quotes, days=(firsts[month], known))
    level = BASE[good] + _level(good, origin) + index[month]
    first = survey.with_columns(**_prices(level, quotes, rng))
    later = np.flatnonzero(rng.random(len(good)) < REVISED)
    revised = survey[later].with_columns(
        pl.Series("known_from", known[later] + rng.integers(25, 60, len(later))),
        **_prices(level[later], quotes[later], rng),
    )
    return pl.concat([first, revised])


def _followed(rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Goods and origins of the survey, ANY for all origins of a commodity together."""
    made = (sellers_mix()[SECTOR] > 0) & ~HUB
    good, origin = np.nonzero(made & (rng.random(made.shape) < COVERED))
    every = np.arange(len(COMMODITIES))
    return np.concatenate([good, every]), np.concatenate([origin, np.full(len(every), ANY)])


def _level(good: Ints, origin: Ints) -> Floats:
    """Log price level of an origin; for any origin, that of the sellers of the sector."""
    mean = (sellers_mix() * LEVEL).sum(axis=1)[SECTOR]
    level: Floats = np.where(origin == ANY, mean[good], LEVEL[origin])
    return level


def _survey(good: Ints, origin: Ints, quotes: Ints, *, days: tuple[Ints, Ints]) -> pl.DataFrame:
    """The survey without its prices; `days` are those from which each row is valid, and was known."""
    valid, known = days
    return pl.DataFrame(
        {
            "hs_code": pl.Series([one.code for one in COMMODITIES])[good],
            "origin_country": pl.Series([*CODES, None], dtype=pl.String)[
                np.where(origin == ANY, len(CODES), origin)
            ],
            "currency": ["USD"] * len(good),
            "unit": ["KGM"] * len(good),
            "quotes": quotes,
            "valid_from": valid,
            "known_from": known,
        }
    )


def _prices(level: Floats, quotes: Ints, rng: np.random.Generator) -> dict[str, pl.Series]:
    """Tenth, half and nine tenths of the quotes; goods with brands are quoted with and without."""
    shape = (len(level), MOST)
    drawn = level[:, None] + rng.normal(0, np.hypot(GRADE, SPREAD_PRICE), shape)
    drawn += rng.choice([0.0, BRAND_PREMIUM], shape, p=[1 - BRAND_SHARE / 2, BRAND_SHARE / 2])
    drawn[np.arange(MOST) >= quotes[:, None]] = np.inf
    ascending = np.exp(np.sort(drawn, axis=1))
    named = {"price_low": 0.1, "price_mid": 0.5, "price_high": 0.9}
    row, place = np.arange(len(level)), {name: np.rint(part * (quotes - 1)) for name, part in named.items()}
    return {name: pl.Series(np.round(ascending[row, place[name].astype(int)], 4)) for name in named}
