"""Code lists that a mapping can name: what a country or currency is called elsewhere, and its code here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pycountry

from features.codes.countries import country_of

Lookup = Callable[[str], str | None]


def _numeric_country(text: str) -> str | None:
    return _by_number().get(text.zfill(3))


def _currency(text: str) -> str | None:
    return _currencies().get(text.zfill(3) if text.isdecimal() else text.upper())


@cache
def _by_number() -> dict[str, str]:
    """ISO 3166-1 numeric, which are the country codes of M49."""
    return {country.numeric: country.alpha_2 for country in pycountry.countries}


@cache
def _currencies() -> dict[str, str]:
    codes = {currency.alpha_3: currency.alpha_3 for currency in pycountry.currencies}
    return codes | {currency.numeric: currency.alpha_3 for currency in pycountry.currencies}


CODE_LISTS: dict[str, Lookup] = {
    "country": country_of,
    "country-numeric": _numeric_country,
    "currency": _currency,
}
"""Look-ups by name; each gives the code used here, or None.

- `country`: two or three letters of ISO 3166-1 or the name in English, to two letters;
- `country-numeric`: the number of ISO 3166-1, which is that of M49, with or without leading zeros, likewise;
- `currency`: three letters or the number of ISO 4217, to three letters.

>>> CODE_LISTS["country"]("South Korea"), CODE_LISTS["country-numeric"]("76"), CODE_LISTS["currency"]("840")
('KR', 'BR', 'USD')
"""
