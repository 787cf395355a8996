"""Consignments in parts: within a declaration, and over the days before it."""

from __future__ import annotations

import numpy as np

from features.definitions.declaration import CENTS, LIKE_CENTS, LIKE_ITEMS
from features.definitions.feature import Feature, Floats, Inputs, Mask
from features.definitions.logarithm import log_count
from features.definitions.records import fields_of


def value_share(inputs: Inputs) -> Floats:
    """Give the share of the item's subheading in the declaration's cif; NaN where that is nothing."""
    whole = inputs.columns[CENTS]
    return np.where(whole > 0, inputs.columns[LIKE_CENTS] / whole, np.nan)


def week_items(inputs: Inputs) -> Floats:
    """Give ln(1 + items of importer and seller together in the 7 days before the day)."""
    return np.where(_absent(inputs), np.nan, log_count(inputs.count("importer_seller.items_7d")))


def week_share(inputs: Inputs) -> Floats:
    """Give the item's part of what importer and seller declared in the 7 days before the day, and it."""
    own = inputs.number("cif")
    share = own / (own + inputs.count("importer_seller.cif_sum_7d"))
    return np.where(_absent(inputs), np.nan, share)


def _absent(inputs: Inputs) -> Mask:
    mask: Mask = inputs.absent(("importer_seller",))[0]
    return mask


SPLITTING: tuple[Feature, ...] = (
    Feature(
        "like_items",
        "splitting",
        ("item_no", "hs_code"),
        "items of the subheading in the declaration",
        lambda inputs: log_count(inputs.columns[LIKE_ITEMS]),
        value_model=True,
    ),
    Feature(
        "like_value_share",
        "splitting",
        ("cif", "hs_code"),
        "share of the subheading in the declaration's value",
        value_share,
    ),
    Feature(
        "importer_seller_items_7d",
        "splitting",
        fields_of("importer_seller"),
        "items of importer and seller together in 7 days",
        week_items,
    ),
    Feature(
        "importer_seller_value_share",
        "splitting",
        ("cif", *fields_of("importer_seller")),
        "own value over that of importer and seller in 7 days and the item",
        week_share,
    ),
)
"""Features of splitting."""
