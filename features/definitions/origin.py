"""Whether the origin is a usual one: of such goods, and for where they departed from."""

from __future__ import annotations

from features.definitions.activity import share_of
from features.definitions.feature import Feature

_GOODS, _WAY = ("origin_country", "hs_code"), ("origin_country", "departure_country")

ORIGIN: tuple[Feature, ...] = (
    Feature(
        "origin_hs6_share",
        "origin",
        _GOODS,
        "share of the origin among earlier items of the subheading",
        share_of("origin_hs6", "hs6"),
    ),
    Feature(
        "origin_departure_share",
        "origin",
        _WAY,
        "share of the origin among earlier items from the country of departure",
        share_of("origin_departure", "departure"),
    ),
    Feature(
        "departure_origin_share",
        "origin",
        _WAY,
        "share of the country of departure among earlier items of the origin",
        share_of("origin_departure", "origin"),
    ),
)
"""Features of the origin against what is usual."""
