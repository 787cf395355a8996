"""The figures behind a reason that speaks of a declaration: amounts, items, procedure, what is left out."""

from __future__ import annotations

from features.definitions.declaration import CARRIED, ITEMS, SUMMED, totals
from features.history.entities import COMPARABLES_NEEDED
from features.validation import WARNINGS
from scoring.row import Parameters, Row, percent

_MISSABLE = (
    "declarant_id", "seller_id", "brand", "quantity", "packages", "net_kg", "gross_kg", "freight",
    "insurance", "invoice_amount", "tax_rate_pct", "description",
)  # fmt: skip


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
    items, whole, _, _ = _totals(row)
    cif = row.number("cif")
    return {"items": items, "share": percent(None if cif is None else 100 * cif, float(whole))}


def splitting(row: Row) -> Parameters:
    """Give how much of the declaration is of the subheading, and what went before in the last 7 days."""
    items, whole, like_items, like = _totals(row)
    return {
        "items": items,
        "like_items": like_items,
        "like_share": percent(float(like), float(whole)),
        "subheading": row.subheading,
        "pair_week": row.count_of("importer_seller", "items_7d"),
        "pair_value": row.count_of("importer_seller", "cif_sum_7d"),
        "heading_week": row.count("importer_hs4.items_7d"),
    }


def _totals(row: Row) -> tuple[int, ...]:
    """Give the totals in the order of `CARRIED`: those that the row carries, else of its declaration."""
    if ITEMS in row.columns:
        return tuple(int(row.columns[name][row.row]) for name in CARRIED)
    names = row.columns["declaration_id"]
    mine, place = names == names[row.row], int((names[: row.row] == names[row.row]).sum())
    carried = totals({name: row.columns[name][mine] for name in SUMMED}).carried
    return tuple(int(carried[name][place]) for name in CARRIED)


def procedure(row: Row) -> Parameters:
    """Give office, regime and incoterm."""
    return {"office": row.text("office_id"), "regime": row.text("regime"), "incoterm": row.text("incoterm")}


def origin(row: Row) -> Parameters:
    """Give where the goods come from, how usual that is, and the preference claimed."""
    return {
        "origin": row.text("origin_country"),
        "departure": row.text("departure_country"),
        "preference": row.text("preference_code"),
        "subheading": row.subheading,
        "goods_share": row.share("origin_hs6", "hs6"),
        "departed_share": row.share("origin_departure", "departure"),
        "way_share": row.share("origin_departure", "origin"),
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
