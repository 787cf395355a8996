"""The declared value of a kilogram beside what the goods fetch on the market."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Inputs, Mask
from features.definitions.logarithm import LOG_UNIT
from features.definitions.numbers import number


def mid(inputs: Inputs) -> Floats:
    """Give ln of the median market price a kilogram; NaN where none is known."""
    return inputs.known("market_prices.mid") / LOG_UNIT


def gap(inputs: Inputs) -> Floats:
    """Give the own ln(unit value) less that of the median market price."""
    return number("uv")(inputs) - inputs.once(mid)


def place(inputs: Inputs) -> Floats:
    """Give where ln(unit value) lies: 0 at the low price, 1 at the high one; NaN where they are the same."""
    low, high = inputs.known("market_prices.low") / LOG_UNIT, inputs.known("market_prices.high") / LOG_UNIT
    return np.where(high > low, (number("uv")(inputs) - low) / (high - low), np.nan)


def is_known(inputs: Inputs) -> Mask:
    """Give 1 where a market price is known."""
    return ~np.isnan(inputs.once(mid))


_OWN, _GOODS = ("cif", "net_kg"), ("hs_code", "origin_country")

MARKET: tuple[Feature, ...] = (
    Feature(
        "market_mid",
        "market_price",
        _GOODS,
        "ln of the median market price of a kilogram",
        lambda inputs: inputs.once(mid),
        value_model=True,
        unit="natural logarithm",
    ),
    Feature(
        "market_known",
        "market_price",
        _GOODS,
        "a market price of the goods is known",
        is_known,
        value_model=True,
    ),
    Feature("market_gap", "market_price", (*_OWN, *_GOODS), "ln unit value less that of the market", gap),
    Feature(
        "market_place",
        "market_price",
        (*_OWN, *_GOODS),
        "place of ln unit value between the low market price, 0, and the high one, 1",
        place,
        unit="distances between low and high price",
    ),
)
"""Features of market prices."""
