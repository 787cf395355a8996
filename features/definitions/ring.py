"""The importers around a declarant or a seller: a ring shows in whom a servant serves."""

from __future__ import annotations

from typing import cast

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs, Integers, Mask
from features.definitions.logarithm import log_count
from features.definitions.records import fields_of
from features.history.entities import MEETINGS, NEVER, YOUNG_DAYS

NEIGHBOUR_STRENGTH = 5
"""Inspected importers of the usual kind that a servant's are taken together with."""

SERVANTS = ("declarant", "seller")
"""Parties that serve importers."""


def neighbour_rate(servant: str) -> Function:
    """Give how many times the usual share of the servant's inspected importers had a finding, smoothed.

    Of the importers that the servant was seen with, but the item's own, `known` were inspected and `illicit`
    had a finding: (illicit / prior + m) / (known + m), the prior being that share among all importers. NaN
    where no servant is declared or no importer had a finding.
    """
    place = SERVANTS.index(servant)
    return lambda inputs: inputs.once(_rates)[place]


def young_met(servant: str) -> Function:
    """Give ln(1 + the young importers, but the item's own, that the servant met within 90 days)."""
    place = SERVANTS.index(servant)
    return lambda inputs: inputs.once(_young)[place]


def neighbours(inputs: Inputs) -> Integers:
    """Give the importers of each servant but the item's own, (servants, `MEETINGS`, n)."""
    met = inputs.counts(_MET).reshape(len(SERVANTS), len(MEETINGS), -1)
    day = inputs.counts(_DAYS)
    known, illicit = inputs.counts(("importer.known", "importer.illicit")) > 0
    seen = day != NEVER
    own = np.stack([seen, seen & known, seen & illicit, seen & _met_young(inputs, day)], axis=1)
    return cast("Integers", np.maximum(met - own, 0))


def _met_young(inputs: Inputs, met: Integers) -> Mask:
    """Was the own importer young, on a day within the window, as `importers_young_90d` counts it?"""
    first, begun = inputs.counts(("importer.first_day", "all.first_day"))
    lately = met >= inputs.columns["customs_date"] - YOUNG_DAYS
    return cast("Mask", lately & (first - begun >= YOUNG_DAYS) & (met - first < YOUNG_DAYS))


def _rates(inputs: Inputs) -> Floats:
    around = inputs.once(neighbours)
    known, illicit = around[:, 1], around[:, 2]
    prior = inputs.count("all.importers_illicit") / inputs.count("all.importers_known")
    rates = (illicit / prior + NEIGHBOUR_STRENGTH) / (known + NEIGHBOUR_STRENGTH)
    return np.where(inputs.absent(SERVANTS) | (prior == 0), np.nan, rates)


def _young(inputs: Inputs) -> Floats:
    young = inputs.once(neighbours)[:, -1]
    return np.where(inputs.absent(SERVANTS), np.nan, log_count(young))


_MET = tuple(f"{servant}.{each}" for servant in SERVANTS for each in MEETINGS)
_DAYS = tuple(f"importer_{servant}.first_day" for servant in SERVANTS)
AROUND: tuple[str, ...] = (
    *_MET,
    *_DAYS,
    "importer.known",
    "importer.illicit",
    "importer.first_day",
    "all.first_day",
)
"""History values that `neighbours` are counted by."""

RING: tuple[Feature, ...] = (
    *(
        Feature(
            f"{servant}_neighbour_rate",
            "ring",
            ("importer_id", *fields_of(servant)),
            f"relative share with a finding among the other importers of the {servant}",
            neighbour_rate(servant),
            direction=1,
        )
        for servant in SERVANTS
    ),
    *(
        Feature(
            f"{servant}_young_met",
            "ring",
            ("importer_id", *fields_of(servant)),
            f"other young importers that the {servant} met in 90 days",
            young_met(servant),
        )
        for servant in SERVANTS
    ),
)
"""Features of the importers around the parties that serve them."""
