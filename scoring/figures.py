"""The figures behind a reason, as an officer reads them: counts, rates in percent, values, codes, days.

Every figure is of the item itself or a count of past items; none identifies another party.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from features.columns import Columns
from features.definitions.declaration import ITEMS, totals
from features.history.entities import COMPARABLES_NEEDED, ENTITY
from features.history.parts import PARTS
from features.validation import WARNINGS
from scoring.comparables import comparables
from scoring.row import Row, one_row, percent

Parameters: TypeAlias = dict[str, float | int | str | None]
Kind = Literal["count", "percent", "amount", "mass", "text", "country", "words"]

KINDS: Mapping[str, Kind] = {
    "known": "count", "illicit": "count", "rate": "percent", "usual": "percent", "items": "count",
    "importers": "count", "young": "percent", "days": "count", "recent": "count", "heading_known": "count",
    "heading_illicit": "count", "heading_items": "count", "pair_items": "count", "seller_items": "count",
    "unit_value": "amount", "comparables": "count", "mean": "amount", "spread": "amount",
    "cif": "amount", "freight": "percent", "usual_freight": "percent", "insurance": "percent",
    "share": "percent", "net_kg": "mass", "gross_kg": "mass", "quantity": "amount", "packages": "count",
    "tax_rate": "percent", "usual_tax_rate": "percent", "hs_code": "text", "subheading": "text",
    "origin": "country", "departure": "country", "origins": "country", "preference": "text", "office": "text",
    "regime": "text", "incoterm": "text", "fields": "words", "looked_at": "words", "rules": "words",
    "groups": "count", "known_year": "count", "illicit_year": "count", "past_value": "percent",
}  # fmt: skip
"""How each parameter is written: a whole number, percent, an amount, kilograms, text as it is, a country
by its code, or names (of fields, of rules) that the catalogue has words for."""

_MISSABLE = (
    "declarant_id", "seller_id", "brand", "quantity", "packages", "net_kg", "gross_kg", "freight",
    "invoice_amount", "tax_rate_pct",
)  # fmt: skip


def record(entity: str) -> Callable[[Row], Parameters]:
    """Give the known outcomes of an entity, how many were irregular, and the usual rate beside theirs.

    An entity whose key is not declared has no outcomes: None, where one without any so far has 0.
    """

    def of(row: Row) -> Parameters:
        usual = percent(row.count("all.illicit"), row.count("all.known"))
        if not _declared(row, entity):
            return {"known": None, "illicit": None, "rate": None, "usual": usual}
        known, illicit = row.count(f"{entity}.known"), row.count(f"{entity}.illicit")
        return {"known": known, "illicit": illicit, "rate": percent(illicit, known), "usual": usual}

    return of


def party_record(entity: str) -> Callable[[Row], Parameters]:
    """Give the record of a party, that of a year, and its past unit values over those of comparable items."""

    def of(row: Row) -> Parameters:
        deviation = row.mean(f"{entity}.dev", 1)
        return record(entity)(row) | {
            "known_year": row.count(f"{entity}.known_365d"),
            "illicit_year": row.count(f"{entity}.illicit_365d"),
            "past_value": None if deviation is None else percent(math.exp(deviation), 1.0),
        }

    return of


def served_record(entity: str) -> Callable[[Row], Parameters]:
    """Give the record of a party that serves many importers, their number, and the share of young ones."""

    def of(row: Row) -> Parameters:
        young = percent(row.count(f"{entity}.young_90d"), row.count(f"{entity}.items_90d"))
        return party_record(entity)(row) | {"importers": row.count(f"{entity}.importers"), "young": young}

    return of


def relation(row: Row) -> Parameters:
    """Give the record of declarant and seller together, and of the importer in this heading."""
    return party_record("declarant_seller")(row) | {
        "heading_known": row.count("importer_hs4.known"),
        "heading_illicit": row.count("importer_hs4.illicit"),
    }


def commodity(row: Row) -> Parameters:
    """Give the code, and the record of its subheading."""
    return record("hs6")(row) | {"hs_code": row.text("hs_code"), "subheading": _subheading(row)}


def origin_commodity(row: Row) -> Parameters:
    """Give the record of the subheading from this origin."""
    return record("origin_hs6")(row) | {"subheading": _subheading(row), "origin": row.text("origin_country")}


def novelty(row: Row) -> Parameters:
    """Give how long the importer is known, and how often it, seller, pair and heading were seen."""
    return {
        "days": row.days_since("importer.first_day"),
        "items": row.count("importer.items"),
        "seller_items": _items(row, "seller"),
        "pair_items": _items(row, "declarant_seller"),
        "heading_items": row.count("importer_hs4.items"),
    }


def volume(row: Row) -> Parameters:
    """Give how many items the importer declared, and how many of late."""
    return {"items": row.count("importer.items"), "recent": row.count("importer.items_90d")}


def value_of_a_kilogram(row: Row) -> Parameters:
    """Give the declared value of a kilogram, and its comparables."""
    found = comparables(row.columns, row.history, row.row)
    return {
        "unit_value": found.own,
        "comparables": found.count,
        "mean": found.mean,
        "spread": found.spread,
        "subheading": _subheading(row),
        "origins": "*" if found.widened else row.text("origin_country"),
    }


def composition(row: Row) -> Parameters:
    """Give the declared value, and freight and insurance as parts of it."""
    cif = row.number("cif")
    return {
        "cif": cif,
        "freight": percent(row.number("freight"), cif),
        "usual_freight": percent(row.mean("hs6.fr", COMPARABLES_NEEDED), 1.0),
        "insurance": percent(row.number("insurance"), cif),
    }


def shape(row: Row) -> Parameters:
    """Give the number of items of the declaration, and this one's share of its value."""
    whole = totals(_declaration(row))
    cif = row.number("cif")
    cents = None if cif is None else 100 * cif
    return {"items": int(whole.items[0]), "share": percent(cents, float(whole.cents[0]))}


def _declaration(row: Row) -> Columns:
    """Give the rows that tell the totals: the row itself if it carries them, else its declaration's."""
    if ITEMS in row.columns:
        return one_row(row.columns, row.row)
    names = row.columns["declaration_id"]
    mine = names == names[row.row]
    return {name: row.columns[name][mine] for name in ("declaration_id", "cif")}


def mass(row: Row) -> Parameters:
    """Give masses, quantity and packages."""
    return {name: row.number(name) for name in ("net_kg", "gross_kg", "quantity", "packages")}


def tax(row: Row) -> Parameters:
    """Give the tax rate, and the mean of those of its subheading."""
    usual = percent(row.mean("hs6.tr", COMPARABLES_NEEDED), 1.0)
    return {"tax_rate": row.number("tax_rate_pct"), "usual_tax_rate": usual, "subheading": _subheading(row)}


def procedure(row: Row) -> Parameters:
    """Give office, regime and incoterm."""
    return {"office": row.text("office_id"), "regime": row.text("regime"), "incoterm": row.text("incoterm")}


def origin(row: Row) -> Parameters:
    """Give where the goods come from, and the preference claimed."""
    return {
        "origin": row.text("origin_country"),
        "departure": row.text("departure_country"),
        "preference": row.text("preference_code"),
    }


def missing(row: Row) -> Parameters:
    """Give the names of the fields that were left out, and of all that are looked at."""
    values = {name: row.columns[name][row.row] for name in _MISSABLE}
    absent = [name for name, value in values.items() if value is None or value != value]  # noqa: PLR0124
    return {"fields": ", ".join(absent) or None, "looked_at": ", ".join(_MISSABLE)}


def warned(row: Row) -> Parameters:
    """Give the names of the rules that warned."""
    bits = int(row.columns["warnings"][row.row])
    rules = [name for bit, name in enumerate(WARNINGS) if bits >> bit & 1]
    return {"rules": ", ".join(rules) or None}


def _declared(row: Row, entity: str) -> bool:
    return all(row.text(PARTS[part]) is not None for part in ENTITY[entity].parts)


def _items(row: Row, entity: str) -> int | None:
    return row.count(f"{entity}.items") if _declared(row, entity) else None


def _subheading(row: Row) -> str | None:
    code = row.text("hs_code")
    return None if code is None else code[:6]


FIGURES: Mapping[str, Callable[[Row], Parameters]] = {
    "importer_record": party_record("importer"),
    "declarant_record": served_record("declarant"),
    "seller_record": served_record("seller"),
    "relation_record": relation,
    "office_commodity_record": record("office_heading"),
    "origin_commodity_record": origin_commodity,
    "commodity": commodity,
    "novelty": novelty,
    "volume": volume,
    "unit_value": value_of_a_kilogram,
    "value_composition": composition,
    "declaration_shape": shape,
    "mass": mass,
    "tax": tax,
    "procedure": procedure,
    "origin": origin,
    "missing": missing,
    "warnings": warned,
}
"""The figures of each reason code of the recipe."""
