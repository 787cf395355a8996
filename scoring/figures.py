"""The figures behind a reason, as an officer reads them: counts, rates in percent, values, codes, days.

Every figure is of the item itself or a count of past items; none identifies another party.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

from features.columns import Columns
from features.definitions.declaration import ITEMS, SUMMED, totals
from features.definitions.feature import Inputs
from features.definitions.logarithm import LOG_UNIT
from features.definitions.ring import SERVANTS, neighbours
from features.definitions.wording import LEAST_DESCRIPTIONS
from features.history.entities import COMPARABLES_NEEDED, ENTITY, FINDINGS
from features.history.parts import PARTS
from features.validation import WARNINGS
from scoring.comparables import comparables
from scoring.neighbour_figures import neighbouring_codes
from scoring.row import Parameters, Row, one_row, percent
from scoring.table_figures import TABLE_FIGURES

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
    "compared": "count", "window": "count", "quarter": "amount", "median": "amount",
    "three_quarters": "amount", "lower": "percent", "compared_origins": "country",
    "importer_value": "percent", "seller_value": "percent", "lately": "percent",
    "origin_known": "count", "origin_illicit": "count", "declarant_items": "count",
    "importer_seller_items": "count", "origin_items": "count", "seller_origin_items": "count",
    "seller_origin_share": "percent", "importer_origin_share": "percent",
    "route_items": "count", "week": "count", "seller_week": "count", "seller_recent": "count",
    "declarant_week": "count", "declarant_recent": "count", "usual_freight_route": "percent",
    "usual_insurance_route": "percent", "heading_tax_rate": "percent", "chapter_tax_rate": "percent",
    "origin_tax_rate": "percent", "usual_found": "percent", "declarant_others": "count",
    "declarant_known": "count", "declarant_illicit": "count", "declarant_young": "count",
    "seller_others": "count", "seller_known": "count", "seller_illicit": "count", "seller_young": "count",
    "like_items": "count", "like_share": "percent", "pair_week": "count", "pair_value": "amount",
    "heading_week": "count", "heading": "text", "descriptions": "count", "fit": "percent",
    "letters": "count", "market_low": "amount", "market_mid": "amount", "market_high": "amount",
    "quotes": "count", "registered_on": "text", "age": "count", "activity": "text", "employees": "count",
    "shared": "count", "shared_young": "count",
    "fx_rate": "amount", "official_rate": "amount", "currency": "text",
    "general_rate": "percent", "heading_rate": "percent", "chapter_rate": "percent",
    "preferential_rate": "percent", "importer_severity": "count", "seller_severity": "count",
    "declarant_severity": "count", "courier_severity": "count", "brand_severity": "count",
    "container_severity": "count", "severity": "count", "trading": "words", "covered": "count",
    "importer_items": "count", "corrected": "count",
    "goods_share": "percent", "departed_share": "percent", "way_share": "percent",
    **{f"found_{kind}": "count" for kind in FINDINGS},
    **{f"{of}_{among}": "amount" for of in ("value", "package", "piece")
       for among in ("declared", "own", "heading", "chapter")},
    "source": "text", "licence": "text", "valid_from": "text", "known_on": "text", "retrieved_on": "text",
}  # fmt: skip
"""How each parameter is written: a whole number, percent, an amount, kilograms, text as it is, a country
by its code, or names (of fields, of rules) that the catalogue has words for."""

_MISSABLE = (
    "declarant_id", "seller_id", "brand", "quantity", "packages", "net_kg", "gross_kg", "freight",
    "insurance", "invoice_amount", "tax_rate_pct", "description",
)  # fmt: skip


_TAX_RATES = {
    "usual_tax_rate": "hs6.tr", "heading_tax_rate": "hs4.tr", "chapter_tax_rate": "hs2.tr",
    "origin_tax_rate": "origin_hs6.tr",
}  # fmt: skip
"""Rates that the own one is held against, and the means of the history that tell them."""


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
    """Give the record of a party, that of a year, its rate if the newer results weigh more, its unit values.

    Unit values are past ones, over those of comparable items. Findings of all days are told by kind where the
    party has those.
    """
    kinds = [f"found_{kind}" for kind in FINDINGS if f"found_{kind}" in ENTITY[entity].measures]

    def of(row: Row) -> Parameters:
        return record(entity)(row) | {
            "known_year": row.count(f"{entity}.known_365d"),
            "illicit_year": row.count(f"{entity}.illicit_365d"),
            "lately": percent(row.count(f"{entity}.illicit_decayed"), row.count(f"{entity}.known_decayed")),
            "past_value": _past_value(row, entity),
            **{kind: _count(row, entity, kind) for kind in kinds},
        }

    return of


def _past_value(row: Row, entity: str) -> float | None:
    deviation = row.mean(f"{entity}.dev", 1)
    return None if deviation is None else percent(math.exp(deviation), 1.0)


def served_record(entity: str) -> Callable[[Row], Parameters]:
    """Give the record of a party that serves many importers, their number, and the share of young ones."""

    def of(row: Row) -> Parameters:
        young = percent(row.count(f"{entity}.young_90d"), row.count(f"{entity}.items_90d"))
        return party_record(entity)(row) | {"importers": row.count(f"{entity}.importers"), "young": young}

    return of


def relation(row: Row) -> Parameters:
    """Give the record of declarant and seller, of the importer in this heading, of the seller's from here."""
    return party_record("declarant_seller")(row) | {
        "heading_known": row.count("importer_hs4.known"),
        "heading_illicit": row.count("importer_hs4.illicit"),
        "origin_known": _count(row, "seller_origin", "known"),
        "origin_illicit": _count(row, "seller_origin", "illicit"),
    }


def commodity(row: Row) -> Parameters:
    """Give the code, and the record of its subheading."""
    return record("hs6")(row) | {"hs_code": row.text("hs_code"), "subheading": _subheading(row)}


def origin_commodity(row: Row) -> Parameters:
    """Give the record of the subheading from this origin."""
    return record("origin_hs6")(row) | {"subheading": _subheading(row), "origin": row.text("origin_country")}


def novelty(row: Row) -> Parameters:
    """Give how long the importer is known, and how often it and seller were seen, alone and with what."""
    return {
        "days": row.days_since("importer.first_day"),
        "items": row.count("importer.items"),
        "seller_items": _count(row, "seller", "items"),
        "pair_items": _count(row, "declarant_seller", "items"),
        "heading_items": row.count("importer_hs4.items"),
        "origin_items": _count(row, "importer_origin", "items"),
        "importer_origin_share": _share(row, "importer_origin", "importer"),
        "declarant_items": _count(row, "importer_declarant", "items"),
        "importer_seller_items": _count(row, "importer_seller", "items"),
        "seller_origin_items": _count(row, "seller_origin", "items"),
        "seller_origin_share": _share(row, "seller_origin", "seller"),
        "route_items": _count(row, "seller_route", "items"),
    }


def volume(row: Row) -> Parameters:
    """Give how many items the importer declared, and how many it, seller and declarant did of late."""
    return {
        "items": row.count("importer.items"),
        "recent": row.count("importer.items_90d"),
        "week": row.count("importer.items_7d"),
        "seller_week": _count(row, "seller", "items_7d"),
        "seller_recent": _count(row, "seller", "items_90d"),
        "declarant_week": _count(row, "declarant", "items_7d"),
        "declarant_recent": _count(row, "declarant", "items_90d"),
    }


def value_of_a_kilogram(row: Row) -> Parameters:
    """Give the declared value of a kilogram, its comparables, and those of late."""
    found = comparables(row.columns, row.history, row.row)
    recent = found.recent
    return {
        "unit_value": found.own,
        "comparables": found.count,
        "mean": found.mean,
        "spread": found.spread,
        "subheading": _subheading(row),
        "origins": "*" if found.widened else row.text("origin_country"),
        "compared": recent.count,
        "window": recent.window,
        "quarter": recent.quarter,
        "median": recent.median,
        "three_quarters": recent.three_quarters,
        "lower": recent.lower,
        "compared_origins": "*" if recent.widened else row.text("origin_country"),
        "importer_value": _past_value(row, "importer"),
        "seller_value": _past_value(row, "seller") if _declared(row, "seller") else None,
    }


def composition(row: Row) -> Parameters:
    """Give the declared value, and freight and insurance as parts of it."""
    cif = row.number("cif")
    return {
        "cif": cif,
        "freight": percent(row.number("freight"), cif),
        "usual_freight": percent(row.mean("hs6.fr", COMPARABLES_NEEDED), 1.0),
        "usual_freight_route": percent(row.mean("route.fr", COMPARABLES_NEEDED), 1.0),
        "insurance": percent(row.number("insurance"), cif),
        "usual_insurance_route": percent(row.mean("route.ir", COMPARABLES_NEEDED), 1.0),
    }


def shape(row: Row) -> Parameters:
    """Give the number of items of the declaration, and this one's share of its value."""
    whole = totals(_declaration(row))
    cif = row.number("cif")
    cents = None if cif is None else 100 * cif
    return {"items": int(whole.items[0]), "share": percent(cents, float(whole.cents[0]))}


def splitting(row: Row) -> Parameters:
    """Give how much of the declaration is of the subheading, and what went before in the last 7 days."""
    whole = totals(_declaration(row))
    place = 0 if ITEMS in row.columns else _place(row)
    return {
        "items": int(whole.items[place]),
        "like_items": int(whole.like_items[place]),
        "like_share": percent(float(whole.like_cents[place]), float(whole.cents[place])),
        "subheading": _subheading(row),
        "pair_week": _count(row, "importer_seller", "items_7d"),
        "pair_value": _count(row, "importer_seller", "cif_sum_7d"),
        "heading_week": row.count("importer_hs4.items_7d"),
    }


def _place(row: Row) -> int:
    """Give the place of the row among those of its declaration."""
    names = row.columns["declaration_id"]
    return int((names[: row.row] == names[row.row]).sum())


def ring(row: Row) -> Parameters:
    """Give the other importers of declarant and seller: how many, inspected, with a finding, lately young."""
    around = neighbours(Inputs(one_row(row.columns, row.row), one_row(row.history, row.row), {}, {}))
    found: Parameters = {
        "usual_found": percent(row.count("all.importers_illicit"), row.count("all.importers_known"))
    }
    for servant, counts in zip(SERVANTS, around[:, :, 0].tolist(), strict=True):
        declared = _declared(row, servant)
        for name, count in zip(("others", "known", "illicit", "young"), counts, strict=True):
            found[f"{servant}_{name}"] = count if declared else None
    return found


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


def _declaration(row: Row) -> Columns:
    """Give the rows that tell the totals: the row itself if it carries them, else its declaration's."""
    if ITEMS in row.columns:
        return one_row(row.columns, row.row)
    names = row.columns["declaration_id"]
    mine = names == names[row.row]
    return {name: row.columns[name][mine] for name in SUMMED}


def mass(row: Row) -> Parameters:
    """Give masses, quantity and packages."""
    return {name: row.number(name) for name in ("net_kg", "gross_kg", "quantity", "packages")}


def tax(row: Row) -> Parameters:
    """Give the tax rate, and the mean of those of subheading, heading, chapter, and subheading from here."""
    rates = {name: percent(row.mean(of, COMPARABLES_NEEDED), 1.0) for name, of in _TAX_RATES.items()}
    return {
        "tax_rate": row.number("tax_rate_pct"),
        **rates,
        "subheading": _subheading(row),
        "origin": row.text("origin_country"),
    }


def procedure(row: Row) -> Parameters:
    """Give office, regime and incoterm."""
    return {"office": row.text("office_id"), "regime": row.text("regime"), "incoterm": row.text("incoterm")}


def origin(row: Row) -> Parameters:
    """Give where the goods come from, how usual that is, and the preference claimed."""
    return {
        "origin": row.text("origin_country"),
        "departure": row.text("departure_country"),
        "preference": row.text("preference_code"),
        "subheading": _subheading(row),
        "goods_share": _share(row, "origin_hs6", "hs6"),
        "departed_share": _share(row, "origin_departure", "departure"),
        "way_share": _share(row, "origin_departure", "origin"),
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
    values = [row.columns[PARTS[part]][row.row] for part in ENTITY[entity].parts]
    return not any(value is None or value != value for value in values)  # noqa: PLR0124


def _count(row: Row, entity: str, name: str) -> int | None:
    return row.count(f"{entity}.{name}") if _declared(row, entity) else None


def _share(row: Row, entity: str, whole: str) -> float | None:
    return percent(_count(row, entity, "items"), _count(row, whole, "items"))


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
    "neighbouring_codes": neighbouring_codes,
    "tax": tax,
    "ring": ring,
    "splitting": splitting,
    "wording": wording,
    "procedure": procedure,
    "origin": origin,
    "missing": missing,
    "warnings": warned,
    **TABLE_FIGURES,
}
"""The figures of each reason code of the recipe."""
