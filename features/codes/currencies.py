"""Currencies of ISO 4217."""

from __future__ import annotations

from functools import cache

import pycountry


@cache
def currencies() -> frozenset[str]:
    """The three-letter codes of ISO 4217.

    >>> "PEN" in currencies(), "US$" in currencies()
    (True, False)
    """
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)
