"""The declared exchange rate beside the official one."""

from __future__ import annotations

from features.definitions.feature import Feature, Floats, Inputs
from features.definitions.logarithm import grid_log

_RATE_UNIT = 1e6
"""Parts of 1 in which the logarithm of an official rate is counted."""


def gap(inputs: Inputs) -> Floats:
    """Give ln of the declared exchange rate less that of the official one."""
    return grid_log(inputs.number("fx_rate")) - inputs.known("exchange_rates.rate") / _RATE_UNIT


EXCHANGE: tuple[Feature, ...] = (
    Feature(
        "exchange_gap",
        "exchange_rate",
        ("fx_rate", "currency"),
        "ln of the declared exchange rate less that of the official one",
        gap,
    ),
)
"""Features of exchange rates."""
