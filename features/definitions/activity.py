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


def surge(inputs: Inputs) -> Floats:
    """Give ln of the importer's items of 30 days over a third of those of 90, one added to either."""
    month, quarter = inputs.count("importer.items_30d"), inputs.count("importer.items_90d")
    return grid_log((month + 1.0) / (quarter / 3.0 + 1.0))


_NEW = ("seller", "declarant_seller", "importer_hs4", "origin_hs6")
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
    Feature("importer_items", "volume", _IMPORTER, "items of the importer", logarithm("importer.items")),
    Feature(
        "importer_items_90d",
        "volume",
        _IMPORTER,
        "items of the importer in 90 days",
        logarithm("importer.items_90d"),
    ),
    Feature("importer_surge", "volume", _IMPORTER, "items of 30 days against those of 90", surge),
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
