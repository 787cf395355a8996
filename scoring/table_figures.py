"""The figures behind a reason that rests on a reference table, each with who says so and since when.

What a list says of why a party is on it, and how it is called, is no figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from features.definitions.logarithm import LOG_UNIT
from features.local_time import date_of
from features.reference.kinds import PARTIES
from scoring.row import Parameters, Row

_RATE_UNIT = 1e6
_HUNDREDTHS = 100
_PARTS = 10_000


def market_price(row: Row) -> Parameters:
    """Give the declared value of a kilogram, and the market prices in the valuation currency."""
    cif, mass = row.number("cif"), row.number("net_kg")
    own = round(cif / mass, 6) if cif and mass and cif > 0 and mass > 0 else None
    prices = {f"market_{name}": _factor(row, f"market_prices.{name}") for name in ("low", "mid", "high")}
    return {
        "unit_value": own,
        **prices,
        "quotes": row.told("market_prices.quotes"),
        "hs_code": row.text("hs_code"),
        "origin": row.text("origin_country"),
        **row.source("market_prices"),
    }


def company(row: Row) -> Parameters:
    """Give when the importer was registered, whether it may trade, its employees, who shares its address."""
    registered, active = row.told("companies.registered"), row.told("companies.active")
    day = int(row.columns["customs_date"][row.row])
    return {
        "registered_on": None if registered is None else date_of(registered).isoformat(),
        "age": None if registered is None else day - registered,
        "trading": None if active is None else _TRADING[active > 0],
        "employees": row.told("companies.employees"),
        "shared": row.told("companies.shared"),
        "shared_young": row.told("companies.shared_young"),
        **row.source("companies"),
    }


def exchange_rate(row: Row) -> Parameters:
    """Give the declared exchange rate and the official one."""
    rate = row.told("exchange_rates.rate")
    return {
        "currency": row.text("currency"),
        "fx_rate": row.number("fx_rate"),
        "official_rate": None if rate is None else round(math.exp(rate / _RATE_UNIT), 6),
        **row.source("exchange_rates"),
    }


def tariff(row: Row) -> Parameters:
    """Give the declared rate, the general one, and the highest of the heading and the chapter, in percent."""
    return {
        "tax_rate": row.number("tax_rate_pct"),
        "general_rate": _rate(row, "tariff.rate"),
        "heading_rate": _rate(row, "tariff.heading_most"),
        "chapter_rate": _rate(row, "tariff.chapter_most"),
        "hs_code": row.text("hs_code"),
        **row.source("tariff"),
    }


def preference(row: Row) -> Parameters:
    """Give the preference claimed, whether an agreement covers it, and both rates, in percent."""
    general = _rate(row, "tariff.rate")
    share, rate = row.told("preference_agreements.share"), _rate(row, "preference_agreements.rate")
    if rate is None and share is not None and general is not None:
        rate = round(general * share / _PARTS, 4)
    return {
        "preference": row.text("preference_code"),
        "covered": row.told("preference_agreements.covered"),
        "origin": row.text("origin_country"),
        "general_rate": general,
        "preferential_rate": rate,
        **row.source("preference_agreements"),
    }


def watch_list(row: Row) -> Parameters:
    """Give the severity of each party, the brand and the container; of the gravest, where it is said."""
    severities = {party: row.told(f"watch_list.{party}") for party in PARTIES}
    known = [severity for severity in severities.values() if severity is not None]
    return {
        "severity": max(known, default=None),
        **{f"{party}_severity": severity for party, severity in severities.items()},
        **row.source("watch_list"),
    }


def _factor(row: Row, name: str) -> float | None:
    logarithm = row.told(name)
    return None if logarithm is None else round(math.exp(logarithm / LOG_UNIT), 6)


def _rate(row: Row, name: str) -> float | None:
    rate = row.told(name)
    return None if rate is None else rate / _HUNDREDTHS


_TRADING = {True: "may_trade", False: "may_not_trade"}

TABLE_FIGURES: Mapping[str, Callable[[Row], Parameters]] = {
    "market_price": market_price,
    "company": company,
    "exchange_rate": exchange_rate,
    "tariff": tariff,
    "preference": preference,
    "watch_list": watch_list,
}
"""The figures of each reason code that rests on a reference table."""
