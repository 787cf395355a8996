"""The declared exchange rate beside the official one."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Inputs
from features.definitions.logarithm import LOG_UNIT, log_units

_FINER = 100.0
"""Parts of one LOG_UNIT in which the logarithm of an official rate is counted."""


def gap(inputs: Inputs) -> Floats:
    """Give ln of the declared exchange rate less that of the official one, both to a ten-thousandth.

    A finer one would be left with the digits of the official rate, which tell its month and nothing else.
    """
    official = np.rint(inputs.known("exchange_rates.rate") / _FINER)
    return (log_units(inputs.number("fx_rate")) - official) / LOG_UNIT


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
