"""How much, how lately and how newly: volume, recency, novelty."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs
from features.definitions.logarithm import grid_log
from features.definitions.records import fields_of, logarithm
from features.history.entities import NEVER


def is_new(entity: str) -> Function:
    """Give 1 where the entity was never seen before, NaN where its key is missing."""
    place = _NEW.index(entity)
    return lambda inputs: inputs.once(_newness)[place]


def days_since(name: str) -> Function:
    """Give the days between the customs_date and a day of history, NaN where that never was."""
    place = _DAYS.index(name)
    return lambda inputs: inputs.once(_ages)[place]


def _newness(inputs: Inputs) -> Floats:
    items = inputs.counts(tuple(f"{entity}.items" for entity in _NEW))
    return np.where(inputs.absent(_NEW), np.nan, items == 0)


def _ages(inputs: Inputs) -> Floats:
    then = inputs.counts(_DAYS)
    return np.where(then == NEVER, np.nan, inputs.columns["customs_date"] - then)


def share_of(part: str, whole: str) -> Function:
    """Give the share of an entity's earlier items that are of a narrower one; NaN without items or a key."""

    def share(inputs: Inputs) -> Floats:
        items = inputs.count(f"{whole}.items")
        known = (items > 0) & ~inputs.absent((part,))[0]
        return np.where(known, inputs.count(f"{part}.items") / items, np.nan)

    return share


def burst(entity: str) -> Function:
    """Give ln of the items of 7 days over 7/90 of those of 90, one added to either; NaN without a key."""
    place = _BURSTING.index(entity)
    return lambda inputs: inputs.once(_bursts)[place]


def _bursts(inputs: Inputs) -> Floats:
    week = inputs.counts(tuple(f"{entity}.items_7d" for entity in _BURSTING))
    quarter = inputs.counts(tuple(f"{entity}.items_90d" for entity in _BURSTING))
    bursts = grid_log((week + 1.0) / (quarter * 7.0 / 90.0 + 1.0))
    return np.where(inputs.absent(_BURSTING), np.nan, bursts)


_MET = {
    "importer_declarant": "importer and declarant are new to each other",
    "importer_seller": "importer and seller are new to each other",
    "seller_route": "the route is new for the seller",
}
_NEW = ("seller", "declarant_seller", "importer_hs4", "origin_hs6", *_MET)
_BURSTING = ("importer", "seller", "declarant")
_DAYS = ("importer.first_day", "importer.last_day", "seller.last_day")
_IMPORTER = ("importer_id",)

ACTIVITY: tuple[Feature, ...] = (
    Feature(
        "importer_age",
        "novelty",
        _IMPORTER,
        "days since the importer was first seen",
        days_since("importer.first_day"),
    ),
    Feature(
        "importer_recency",
        "novelty",
        _IMPORTER,
        "days since the importer was last seen",
        days_since("importer.last_day"),
    ),
    Feature(
        "seller_recency",
        "novelty",
        ("seller_id",),
        "days since the seller was last seen",
        days_since("seller.last_day"),
    ),
    Feature("seller_new", "novelty", ("seller_id",), "the seller is new", is_new("seller")),
    Feature(
        "declarant_seller_new",
        "novelty",
        fields_of("declarant_seller"),
        "declarant and seller are new to each other",
        is_new("declarant_seller"),
    ),
    Feature(
        "importer_hs4_new",
        "novelty",
        fields_of("importer_hs4"),
        "the heading is new for the importer",
        is_new("importer_hs4"),
    ),
    Feature(
        "origin_hs6_new",
        "novelty",
        fields_of("origin_hs6"),
        "the subheading is new from this origin",
        is_new("origin_hs6"),
        value_model=True,
    ),
    *(
        Feature(f"{entity}_new", "novelty", fields_of(entity), meaning, is_new(entity))
        for entity, meaning in _MET.items()
    ),
    *(
        Feature(
            f"{party}_origin_share",
            "novelty",
            fields_of(f"{party}_origin"),
            f"share of the origin among earlier items of the {party}",
            share_of(f"{party}_origin", party),
        )
        for party in ("importer", "seller")
    ),
    Feature("importer_items", "volume", _IMPORTER, "items of the importer", logarithm("importer.items")),
    Feature(
        "importer_items_90d",
        "volume",
        _IMPORTER,
        "items of the importer in 90 days",
        logarithm("importer.items_90d"),
    ),
    *(
        Feature(
            f"{entity}_burst",
            "volume",
            fields_of(entity),
            f"items of the {entity} in 7 days against those of 90",
            burst(entity),
        )
        for entity in _BURSTING
    ),
    Feature(
        "declarant_items_90d",
        "volume",
        ("declarant_id",),
        "items of the declarant in 90 days",
        logarithm("declarant.items_90d"),
    ),
    Feature(
        "seller_items_90d",
        "volume",
        ("seller_id",),
        "items of the seller in 90 days",
        logarithm("seller.items_90d"),
    ),
    Feature(
        "declarant_seller_items",
        "volume",
        fields_of("declarant_seller"),
        "items of the pair of declarant and seller",
        logarithm("declarant_seller.items"),
    ),
    Feature(
        "office_heading_items_90d",
        "volume",
        fields_of("office_heading"),
        "items of the heading at the office in 90 days",
        logarithm("office_heading.items_90d"),
    ),
    Feature(
        "origin_hs6_items_90d",
        "volume",
        fields_of("origin_hs6"),
        "items of the subheading from the origin in 90 days",
        logarithm("origin_hs6.items_90d"),
        value_model=True,
    ),
)
"""Features of volume, recency and novelty."""
