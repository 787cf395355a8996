"""Reference tables of the world: what an administration could know of it beside its own files.

They draw from streams of their own, so that the world's items, outcomes and truth are those it has without
them. None holds anything that only the truth knows: the watch list rests on outcomes as they became known,
the register and the prices on what registers and surveys see, with their gaps and errors.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from simulation.commodities import COMMODITIES
from simulation.companies import companies
from simulation.countries import COUNTRIES
from simulation.course import Course, begin
from simulation.market_prices import market_prices
from simulation.provenance import with_provenance
from simulation.records import currencies
from simulation.settings import WorldSettings
from simulation.watch_list import watch_list

_LONG_BEFORE = -400
"""Day, counted from the world's first, from which the tariff and the agreements are valid and known."""

_STREAM = 0x7AB1E5
"""Sets the streams of the tables apart from those of the world."""

COLUMNS: dict[str, list[str]] = {
    "market_prices": [
        "hs_code", "origin_country", "price_low", "price_mid", "price_high", "currency", "unit", "quotes",
    ],
    "companies": ["importer_id", "registered_on", "activity", "active", "address", "employees"],
    "exchange_rates": ["currency", "rate"],
    "tariff": ["hs_code", "rate_pct", "specific"],
    "watch_list": ["party_kind", "party", "list_name", "severity", "reason"],
    "preference_agreements": ["preference_code", "origin_country", "rate_pct"],
}  # fmt: skip
"""Tables the world has, and their columns before those that say where a row comes from."""


def references(
    settings: WorldSettings, items: pl.DataFrame, outcomes: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The tables of a world by kind; the same settings give the same tables.

    `items` and `outcomes` are the world's, as the platform sees them.
    """
    course, rngs = begin(settings), _streams(settings.seed)
    days = int(course.firsts[-1])
    made = {
        "market_prices": market_prices(course.index, course.firsts, rngs["market_prices"]).filter(
            pl.col("known_from") < days
        ),
        "companies": _with_date(companies(course.parties, days, rngs["companies"]), settings),
        "exchange_rates": _exchange_rates(course),
        "tariff": _tariff(),
        "watch_list": watch_list(items, outcomes, settings.start, days, rngs["watch_list"]),
        "preference_agreements": _preference_agreements(),
    }
    return {name: with_provenance(frame, settings.start, COLUMNS[name]) for name, frame in made.items()}


def _streams(seed: int) -> dict[str, np.random.Generator]:
    children = np.random.SeedSequence([seed, _STREAM]).spawn(len(COLUMNS))
    return {name: np.random.default_rng(child) for name, child in zip(COLUMNS, children, strict=True)}


def _with_date(frame: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    day = pl.lit(settings.start) + pl.duration(days=pl.col("registered"))
    return frame.with_columns(day.cast(pl.Date).alias("registered_on"))


def _exchange_rates(course: Course) -> pl.DataFrame:
    """The rates that declarations of a month use, published on its eve."""
    names, months = currencies(), len(course.index)
    first = np.repeat(course.firsts[:-1], len(names))
    return pl.DataFrame(
        {
            "currency": [*names] * months,
            "rate": course.fx.ravel(),
            "valid_from": first,
            "known_from": first - 1,
        }
    )


def _tariff() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "hs_code": [one.code for one in COMMODITIES],
            "rate_pct": [float(one.duty) for one in COMMODITIES],
            "specific": [0] * len(COMMODITIES),
            "valid_from": [_LONG_BEFORE] * len(COMMODITIES),
            "known_from": [_LONG_BEFORE] * len(COMMODITIES),
        }
    )


def _preference_agreements() -> pl.DataFrame:
    partners = [country for country in COUNTRIES if country.partner]
    return pl.DataFrame(
        {
            "preference_code": [country.preference for country in partners],
            "origin_country": [country.code for country in partners],
            "rate_pct": [0.0] * len(partners),
            "valid_from": [_LONG_BEFORE] * len(partners),
            "known_from": [_LONG_BEFORE] * len(partners),
        }
    )
