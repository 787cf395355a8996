"""How the figures behind a reason are written, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from features.history.entities import FINDINGS

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
