"""The unit value against past comparables: of the same origin, or of the subheading if those are few.

Why means of all days and medians of late stand side by side: docs/decisions/features.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs, Integers
from features.definitions.logarithm import LOG_UNIT, log_count
from features.definitions.numbers import number
from features.definitions.records import fields_of, mean_deviation
from features.history.entities import COMPARABLES_NEEDED

LEAST_SPREAD = 0.1
"""Added to the spread of comparables, in logarithms, lest goods of one price make a tiny gap loud."""


class Comparables(NamedTuple):
    """Past items like this one: their number, mean and spread of ln(unit value) (NaN where too few)."""

    number: Integers
    mean: Floats
    spread: Floats


def comparables(inputs: Inputs) -> Comparables:
    """Give the comparables of each row: those of the same origin if enough, else all of the subheading."""
    near, wide = (
        inputs.counts(tuple(f"{entity}.{name}" for name in _NAMES)) for entity in ("origin_hs6", "hs6")
    )
    count, total, squares = np.where(near[0] >= COMPARABLES_NEEDED, near, wide)
    enough = np.where(count >= COMPARABLES_NEEDED, count, np.nan)
    mean = total / LOG_UNIT / enough
    variance = squares / LOG_UNIT**2 / enough - mean * mean
    return Comparables(count, mean, np.sqrt(np.maximum(variance, 0.0)))


def gap(inputs: Inputs) -> Floats:
    """Give the own ln(unit value) less the mean of the comparables."""
    return number("uv")(inputs) - inputs.once(comparables).mean


def score(inputs: Inputs) -> Floats:
    """Give the gap in spreads of the comparables."""
    return inputs.once(gap) / (inputs.once(comparables).spread + LEAST_SPREAD)


def recent_median(inputs: Inputs) -> Floats:
    """Give the median ln(unit value) of comparables of late (`features.history.entities.LEVELS`)."""
    known = inputs.count("comparables.level") > 0
    return np.where(known, inputs.count("comparables.median") / LOG_UNIT, np.nan)


def gap_beyond(party: str) -> Function:
    """Give the own ln(unit value) less the median of late, less the party's past deviation from such medians.

    A seller of a dear make is dear today too: what is left is what is new.
    """
    usual = mean_deviation(party)
    return lambda inputs: number("uv")(inputs) - inputs.once(recent_median) - usual(inputs)


def subheading_mean(inputs: Inputs) -> Floats:
    """Give the mean ln(unit value) of the subheading, from any origin; NaN where there is no item."""
    count = inputs.count("hs6.uv_n")
    return np.where(count > 0, inputs.count("hs6.uv_sum") / LOG_UNIT / count, np.nan)


_NAMES = ("uv_n", "uv_sum", "uv_sq")
_OWN, _GOODS = ("cif", "net_kg"), ("hs_code", "origin_country")

UNIT_VALUE: tuple[Feature, ...] = (
    Feature("unit_value", "unit_value", _OWN, "ln of the value of a kilogram", number("uv")),
    Feature(
        "unit_value_gap",
        "unit_value",
        (*_OWN, *_GOODS),
        "ln unit value less that of comparables",
        lambda inputs: inputs.once(gap),
        direction=-1,
    ),
    Feature(
        "unit_value_score",
        "unit_value",
        (*_OWN, *_GOODS),
        "that gap in spreads of the comparables",
        score,
        direction=-1,
    ),
    *(
        Feature(
            f"unit_value_beyond_{party}",
            "unit_value",
            (*_OWN, *_GOODS, *fields_of(party)),
            f"ln unit value less the median of recent comparables and the {party}'s usual deviation",
            gap_beyond(party),
            direction=-1,
        )
        for party in ("importer", "seller")
    ),
    Feature("piece_value", "unit_value", ("cif", "quantity"), "ln of the value of a piece", number("piece")),
    Feature(
        "comparables",
        "unit_value",
        _GOODS,
        "number of comparables",
        lambda inputs: log_count(inputs.once(comparables).number),
        value_model=True,
    ),
    Feature(
        "comparables_mean",
        "unit_value",
        _GOODS,
        "mean ln unit value of comparables",
        lambda inputs: inputs.once(comparables).mean,
        value_model=True,
    ),
    Feature(
        "comparables_spread",
        "unit_value",
        _GOODS,
        "spread of ln unit value of comparables",
        lambda inputs: inputs.once(comparables).spread,
        value_model=True,
    ),
    Feature(
        "comparables_median",
        "unit_value",
        _GOODS,
        "median ln unit value of recent comparables",
        lambda inputs: inputs.once(recent_median),
        value_model=True,
    ),
    Feature(
        "subheading_mean",
        "unit_value",
        ("hs_code",),
        "mean ln unit value of the subheading",
        subheading_mean,
        value_model=True,
    ),
)
"""Features of the unit value and of its comparables."""
