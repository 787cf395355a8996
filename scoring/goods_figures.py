"""The figures behind a reason that speaks of goods: records, values, masses, taxes, words."""

from __future__ import annotations

import math

from features.definitions.logarithm import LOG_UNIT
from features.definitions.wording import LEAST_DESCRIPTIONS
from features.history.entities import COMPARABLES_NEEDED
from scoring.comparables import comparables
from scoring.party_figures import past_value, record
from scoring.row import Parameters, Row, percent

_TAX_RATES = {
    "usual_tax_rate": "hs6.tr", "heading_tax_rate": "hs4.tr", "chapter_tax_rate": "hs2.tr",
    "origin_tax_rate": "origin_hs6.tr",
}  # fmt: skip
"""Rates that the own one is held against, and the means of the history that tell them."""


def commodity(row: Row) -> Parameters:
    """Give the code, and the record of its subheading."""
    return record("hs6")(row) | {"hs_code": row.text("hs_code"), "subheading": row.subheading}


def origin_commodity(row: Row) -> Parameters:
    """Give the record of the subheading from this origin."""
    return record("origin_hs6")(row) | {"subheading": row.subheading, "origin": row.text("origin_country")}


def value_of_a_kilogram(row: Row) -> Parameters:
    """Give the declared value of a kilogram, its comparables, and those of late."""
    found = comparables(row.columns, row.history, row.row)
    recent = found.recent
    return {
        "unit_value": found.own,
        "comparables": found.count,
        "mean": found.mean,
        "spread": found.spread,
        "subheading": row.subheading,
        "origins": "*" if found.widened else row.text("origin_country"),
        "compared": recent.count,
        "window": recent.window,
        "quarter": recent.quarter,
        "median": recent.median,
        "three_quarters": recent.three_quarters,
        "lower": recent.lower,
        "compared_origins": "*" if recent.widened else row.text("origin_country"),
        "importer_value": past_value(row, "importer"),
        "seller_value": past_value(row, "seller") if row.declared("seller") else None,
    }


def mass(row: Row) -> Parameters:
    """Give masses, quantity and packages."""
    return {name: row.number(name) for name in ("net_kg", "gross_kg", "quantity", "packages")}


def tax(row: Row) -> Parameters:
    """Give the tax rate, and the mean of those of subheading, heading, chapter, and subheading from here."""
    rates = {name: percent(row.mean(of, COMPARABLES_NEEDED), 1.0) for name, of in _TAX_RATES.items()}
    return {
        "tax_rate": row.number("tax_rate_pct"),
        **rates,
        "subheading": row.subheading,
        "origin": row.text("origin_country"),
    }


def wording(row: Row) -> Parameters:
    """Give how well the description fits its heading, in percent: 100 as well as any other heading's."""
    text, code, grams = row.text("description"), row.text("hs_code"), row.count("wording.grams")
    items = row.count("wording.items")
    enough = items >= LEAST_DESCRIPTIONS and grams > 0
    fit = row.count("wording.fit") / (LOG_UNIT * grams) if enough else None
    return {
        "fit": None if fit is None else percent(math.exp(fit), 1.0),
        "descriptions": items,
        "heading": None if code is None else code[:4],
        "letters": None if text is None else len(text),
    }
