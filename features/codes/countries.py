"""Countries of ISO 3166-1, by their two letters or, for sources that write them out, by name."""

from __future__ import annotations

from functools import cache

import pycountry

UNDETERMINED = "ZZ"
"""Stands for an unknown country (UN/LOCODE, and the custom of customs administrations)."""

_ALSO_NAMED: dict[str, str] = {
    "bolivia": "BO",
    "cape verde": "CV",
    "congo": "CG",
    "cote d'ivoire": "CI",
    "czech republic": "CZ",
    "democratic republic of the congo": "CD",
    "england": "GB",
    "great britain": "GB",
    "hong kong": "HK",
    "iran": "IR",
    "ivory coast": "CI",
    "korea": "KR",
    "laos": "LA",
    "macau": "MO",
    "moldova": "MD",
    "north korea": "KP",
    "russia": "RU",
    "south korea": "KR",
    "swaziland": "SZ",
    "syria": "SY",
    "taiwan": "TW",
    "tanzania": "TZ",
    "the netherlands": "NL",
    "turkey": "TR",
    "uk": "GB",
    "united arab emirate": "AE",
    "usa": "US",
    "venezuela": "VE",
    "viet nam": "VN",
    "vietnam": "VN",
}


@cache
def countries() -> frozenset[str]:
    """The two-letter codes of ISO 3166-1.

    >>> "PE" in countries(), "NA" in countries(), "ZZ" in countries()
    (True, True, False)
    """
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def country_of(text: str) -> str | None:
    """The two-letter code of a country given by a code of two or three letters or by its name in English.

    >>> country_of("pe"), country_of("CHN"), country_of("South Korea"), country_of("CNTRY680")
    ('PE', 'CN', 'KR', None)
    """
    name = " ".join(text.split()).casefold()
    return _by_name().get(name)


@cache
def _by_name() -> dict[str, str]:
    names: dict[str, str] = {}
    for country in pycountry.countries:
        spellings = (country.alpha_2, country.alpha_3, country.name)
        others = (getattr(country, "common_name", None), getattr(country, "official_name", None))
        names |= {name.casefold(): country.alpha_2 for name in (*spellings, *others) if name}
    return names | _ALSO_NAMED
