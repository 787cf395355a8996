"""Taxes: the rate, what it is among like goods, what is at stake."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Inputs
from features.definitions.logarithm import grid_log
from features.definitions.numbers import gap_to_mean


def due(inputs: Inputs) -> Floats:
    """Give cif x rate."""
    return inputs.number("cif") * (inputs.number("tax_rate_pct") / 100.0)


def excess(inputs: Inputs) -> Floats:
    """Give total_taxes over cif x rate, less 1; NaN where no tax is due."""
    whole = inputs.once(due)
    return np.where(whole > 0, inputs.number("total_taxes") / whole - 1.0, np.nan)


_RATE = ("tax_rate_pct",)

TAX: tuple[Feature, ...] = (
    Feature(
        "tax_rate",
        "tax",
        _RATE,
        "rate of tax",
        lambda inputs: inputs.number("tax_rate_pct") / 100.0,
        value_model=True,
    ),
    Feature(
        "tax_rate_gap",
        "tax",
        (*_RATE, "hs_code"),
        "rate less the mean of the subheading",
        gap_to_mean("hs6.tr"),
        value_model=True,
    ),
    Feature(
        "tax_rate_heading_gap",
        "tax",
        (*_RATE, "hs_code"),
        "rate less the mean of the heading",
        gap_to_mean("hs4.tr"),
        value_model=True,
    ),
    Feature(
        "tax_rate_chapter_gap",
        "tax",
        (*_RATE, "hs_code"),
        "rate less the mean of the chapter",
        gap_to_mean("hs2.tr"),
        value_model=True,
    ),
    Feature(
        "tax_rate_origin_gap",
        "tax",
        (*_RATE, "hs_code", "origin_country"),
        "rate less the mean of the subheading from the origin",
        gap_to_mean("origin_hs6.tr"),
        value_model=True,
    ),
    Feature(
        "tax_due",
        "tax",
        ("cif", *_RATE),
        "ln of the tax at the declared value",
        lambda inputs: grid_log(1.0 + inputs.once(due)),
    ),
    Feature(
        "tax_excess",
        "tax",
        ("total_taxes", "cif", *_RATE),
        "taxes over cif x rate, less 1",
        excess,
    ),
    Feature(
        "specific_duties",
        "tax",
        ("specific_duties",),
        "duties by quantity apply",
        lambda inputs: inputs.number("specific_duties"),
        value_model=True,
    ),
)
"""Features of tax."""
