"""What the value is made of, and the shape of the declaration around the item."""

from __future__ import annotations

import numpy as np

from features.definitions.declaration import CENTS, ITEMS, whole_cents
from features.definitions.feature import Feature, Floats, Function, Inputs
from features.definitions.logarithm import log_count
from features.definitions.mass import log_of
from features.definitions.numbers import gap_to_mean, number, ratio

_TENS = np.array([[10.0], [100.0], [1_000.0], [10_000.0], [100_000.0]])


def roundness(field: str) -> Function:
    """Give how many zeros a whole amount ends with, at most 5; 0 where it is not whole."""

    def zeros(inputs: Inputs) -> Floats:
        amount = inputs.number(field)
        rounds = (np.fmod(amount, _TENS) == 0).sum(axis=0)
        return np.where(amount > 0, rounds, np.nan)

    return zeros


def weekday(inputs: Inputs) -> Floats:
    """Give the day of the week, 0 for Monday."""
    return ((inputs.columns["customs_date"] + 3) % 7).astype(np.float64)


def declaration_share(inputs: Inputs) -> Floats:
    """Give the item's share of the declaration's cif; NaN where that is nothing."""
    whole = inputs.columns[CENTS]
    return np.where(whole > 0, whole_cents(inputs.number("cif")) / whole, np.nan)


_FREIGHT = ("freight", "cif")

COMPOSITION: tuple[Feature, ...] = (
    Feature(
        "cif_log",
        "value_composition",
        ("cif",),
        "ln of the declared value",
        log_of("cif"),
    ),
    Feature("freight_share", "value_composition", _FREIGHT, "freight over cif", ratio("freight", "cif")),
    Feature(
        "freight_share_gap",
        "value_composition",
        (*_FREIGHT, "hs_code"),
        "freight over cif less the subheading's mean",
        gap_to_mean("hs6.fr"),
    ),
    Feature(
        "freight_per_kg",
        "value_composition",
        ("freight", "gross_kg"),
        "ln of the freight of a kilogram",
        number("fk"),
        value_model=True,
    ),
    Feature(
        "freight_per_kg_gap",
        "value_composition",
        ("freight", "gross_kg", "departure_country", "transport_mode"),
        "ln freight of a kilogram less the route's mean",
        gap_to_mean("route.fk"),
        value_model=True,
    ),
    Feature(
        "insurance_share",
        "value_composition",
        ("insurance", "cif"),
        "insurance over cif",
        ratio("insurance", "cif"),
    ),
    Feature(
        "freight_share_route_gap",
        "value_composition",
        (*_FREIGHT, "departure_country", "transport_mode"),
        "freight over cif less the route's mean",
        gap_to_mean("route.fr"),
    ),
    Feature(
        "insurance_share_route_gap",
        "value_composition",
        ("insurance", "cif", "departure_country", "transport_mode"),
        "insurance over cif less the route's mean",
        gap_to_mean("route.ir"),
    ),
    Feature(
        "adjustment_share",
        "value_composition",
        ("adjustment", "cif"),
        "adjustment over cif",
        ratio("adjustment", "cif"),
    ),
    Feature(
        "cif_roundness",
        "value_composition",
        ("cif",),
        "zeros that the declared value ends with",
        roundness("cif"),
    ),
    Feature(
        "invoice_roundness",
        "value_composition",
        ("invoice_amount",),
        "zeros that the invoice ends with",
        roundness("invoice_amount"),
    ),
    Feature(
        "declaration_items",
        "declaration_shape",
        ("item_no",),
        "items of the declaration",
        lambda inputs: log_count(inputs.columns[ITEMS]),
        value_model=True,
    ),
    Feature(
        "declaration_share",
        "declaration_shape",
        ("cif",),
        "share of the declaration's value",
        declaration_share,
    ),
    Feature("weekday", "declaration_shape", ("accepted_at",), "day of the week, Monday 0", weekday),
)
"""Features of the parts of the value, and of the declaration."""
