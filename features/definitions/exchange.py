"""The declared exchange rate beside the official one."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Inputs
from features.definitions.logarithm import LOG_UNIT, log_units

_FINER = 100.0
"""Parts of one LOG_UNIT in which the logarithm of an official rate is counted."""

_LEAST = 2.0
"""Ten-thousandths from which on the rates differ."""


def gap(inputs: Inputs) -> Floats:
    """Give ln of the declared exchange rate less that of the official one; 0 within two ten-thousandths.

    What is left below that is of rounding: it would tell the rate, and so its month, and nothing else.
    """
    official = np.rint(inputs.known("exchange_rates.rate") / _FINER)
    units = log_units(inputs.number("fx_rate")) - official
    return np.where(np.abs(units) < _LEAST, 0.0, units) / LOG_UNIT


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
