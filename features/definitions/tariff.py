"""The declared rate beside the tariff, what neighbouring codes owe, and what a claimed preference saves."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs

_RATE_UNIT = 10_000.0
"""Parts of 1 in which a rate is counted."""


def general(inputs: Inputs) -> Floats:
    """Give the general rate of the tariff, as a share of 1; NaN where it is not known."""
    return inputs.known("tariff.rate") / _RATE_UNIT


def dearer(group: str) -> Function:
    """Give the function of the highest general rate of a group of codes less the item's own."""
    return lambda inputs: inputs.known(f"tariff.{group}_most") / _RATE_UNIT - inputs.once(general)


def gap(inputs: Inputs) -> Floats:
    """Give the declared rate less the general rate."""
    return inputs.number("tax_rate_pct") / 100.0 - inputs.once(general)


def saving(inputs: Inputs) -> Floats:
    """Give the general rate less that of the claimed preference: its own, else its part of the general rate.

    NaN without a claim that an agreement covers.
    """
    whole, rate = inputs.once(general), inputs.known("preference_agreements.rate") / _RATE_UNIT
    due = inputs.known("preference_agreements.share") / _RATE_UNIT * whole
    return whole - np.where(np.isnan(rate), due, rate)


def uncovered(inputs: Inputs) -> Floats:
    """Give 1 where no agreement covers the claimed preference, 0 where one does; NaN without a claim."""
    covered = inputs.known("preference_agreements.covered")
    return np.where(np.isnan(covered), np.nan, covered == 0)


_CLAIM = ("preference_code", "origin_country", "hs_code")

TARIFF: tuple[Feature, ...] = (
    Feature(
        "tariff_gap",
        "tariff",
        ("tax_rate_pct", "hs_code"),
        "declared rate less the general rate of the tariff",
        gap,
        value_model=True,
        unit="share of 1",
    ),
    Feature(
        "heading_rate_gap",
        "tariff",
        ("hs_code",),
        "highest general rate of the heading less that of the code declared",
        dearer("heading"),
        unit="share of 1",
    ),
    Feature(
        "chapter_rate_gap",
        "tariff",
        ("hs_code",),
        "highest general rate of the chapter less that of the code declared",
        dearer("chapter"),
        unit="share of 1",
    ),
    Feature(
        "preference_saving",
        "preference",
        _CLAIM,
        "general rate less that of the claimed preference",
        saving,
        unit="share of 1",
    ),
    Feature(
        "preference_uncovered",
        "preference",
        _CLAIM,
        "a preference is claimed that no agreement covers",
        uncovered,
    ),
)
"""Features of the tariff and of preferences."""
