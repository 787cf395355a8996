"""The figures behind a reason that speaks of parties: records, relations, how new and busy they are."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from features.definitions.feature import Inputs
from features.definitions.ring import AROUND, SERVANTS, neighbours
from features.history.entities import ENTITY, FINDINGS
from scoring.row import Parameters, Row, percent


def record(entity: str) -> Callable[[Row], Parameters]:
    """Give the known outcomes of an entity, how many were irregular, and the usual rate beside theirs.

    An entity whose key is not declared has no outcomes: None, where one without any so far has 0.
    """

    def of(row: Row) -> Parameters:
        usual = percent(row.count("all.illicit"), row.count("all.known"))
        if not row.declared(entity):
            return {"known": None, "illicit": None, "rate": None, "usual": usual}
        known, illicit = row.count(f"{entity}.known"), row.count(f"{entity}.illicit")
        return {"known": known, "illicit": illicit, "rate": percent(illicit, known), "usual": usual}

    return of


def party_record(entity: str) -> Callable[[Row], Parameters]:
    """Give the record of a party, that of a year, its rate if the newer results weigh more, its unit values.

    Unit values are past ones, over those of comparable items. Findings of all days are told by kind where the
    party has those.
    """
    measures = ENTITY[entity].measures
    kinds = [f"found_{kind}" for kind in FINDINGS if f"found_{kind}" in measures]

    def of(row: Row) -> Parameters:
        return record(entity)(row) | {
            "known_year": row.count(f"{entity}.known_365d"),
            "illicit_year": row.count(f"{entity}.illicit_365d"),
            "lately": percent(row.count(f"{entity}.illicit_decayed"), row.count(f"{entity}.known_decayed")),
            "past_value": past_value(row, entity),
            **{kind: row.count_of(entity, kind) for kind in kinds},
        }

    return of


def past_value(row: Row, entity: str) -> float | None:
    """Give the past unit values of a party over those of comparable items, in percent; None without any."""
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
        "origin_known": row.count_of("seller_origin", "known"),
        "origin_illicit": row.count_of("seller_origin", "illicit"),
    }


def novelty(row: Row) -> Parameters:
    """Give how long the importer is known, and how often it and seller were seen, alone and with what."""
    return {
        "days": row.days_since("importer.first_day"),
        "items": row.count("importer.items"),
        "seller_items": row.count_of("seller", "items"),
        "pair_items": row.count_of("declarant_seller", "items"),
        "heading_items": row.count("importer_hs4.items"),
        "origin_items": row.count_of("importer_origin", "items"),
        "importer_origin_share": row.share("importer_origin", "importer"),
        "declarant_items": row.count_of("importer_declarant", "items"),
        "importer_seller_items": row.count_of("importer_seller", "items"),
        "seller_origin_items": row.count_of("seller_origin", "items"),
        "seller_origin_share": row.share("seller_origin", "seller"),
        "route_items": row.count_of("seller_route", "items"),
    }


def volume(row: Row) -> Parameters:
    """Give how many items the importer declared, and how many it, seller and declarant did of late."""
    return {
        "items": row.count("importer.items"),
        "recent": row.count("importer.items_90d"),
        "week": row.count("importer.items_7d"),
        "seller_week": row.count_of("seller", "items_7d"),
        "seller_recent": row.count_of("seller", "items_90d"),
        "declarant_week": row.count_of("declarant", "items_7d"),
        "declarant_recent": row.count_of("declarant", "items_90d"),
    }


def ring(row: Row) -> Parameters:
    """Give the other importers of declarant and seller: how many, inspected, with a finding, lately young."""
    found: Parameters = {
        "usual_found": percent(row.count("all.importers_illicit"), row.count("all.importers_known"))
    }
    for servant, counts in zip(SERVANTS, row.once(_around)[row.row], strict=True):
        declared = row.declared(servant)
        for name, count in zip(("others", "known", "illicit", "young"), counts, strict=True):
            found[f"{servant}_{name}"] = count if declared else None
    return found


def _around(row: Row) -> list[list[list[int]]]:
    """Give the neighbours of each row, by servant."""
    columns = {"customs_date": np.asarray(row.columns["customs_date"])}
    history = {name: np.asarray(row.history[name]) for name in AROUND}
    around: list[list[list[int]]] = neighbours(Inputs(columns, history, {}, {})).transpose(2, 0, 1).tolist()
    return around
