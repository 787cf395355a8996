"""Codes as they are told apart, and their numbers in the vocabularies of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.declaration import FIELD
from features.columns import Columns, is_text
from features.history.parts import hs4_of, hs6_of

CODED_FIELDS: dict[str, str] = {
    "office_id": "procedure",
    "regime": "procedure",
    "process_type": "procedure",
    "import_type": "procedure",
    "import_use": "procedure",
    "payment_type": "procedure",
    "transport_mode": "procedure",
    "incoterm": "procedure",
    "currency": "procedure",
    "valuation_method": "procedure",
    "departure_country": "origin",
    "origin_country": "origin",
    "origin_indicator": "origin",
    "preference_code": "origin",
    "unit": "mass",
    "tax_type": "tax",
}
"""Fields that are categories, and the reason code that each speaks under."""

LEVELS: dict[str, Callable[[str | None], str | None]] = {
    "chapter": lambda code: code[:2] if code else None,
    "hs4": hs4_of,
    "hs6": hs6_of,
}
"""Categories made of the commodity code."""

CODED: tuple[str, ...] = (*CODED_FIELDS, *LEVELS)
"""Names of the categories; each has a vocabulary in the recipe."""


def code_values(columns: Columns, name: str) -> list[Any]:
    """Give the codes of a category as text, None where missing; numbers as text of whole numbers.

    >>> code_values({"transport_mode": np.array([4.0, np.nan])}, "transport_mode")
    ['4', None]
    """
    values = columns[_field(name)].tolist()
    read = _READ.get(name)
    return values if read is None else list(map(read, values))


Numbering = tuple[str, Callable[[Any], str | None] | None, Callable[[Any, float], float]]
"""Of a category: its field, how a value becomes a code where it is not one, and the number of a code."""


def numberings(vocabularies: Mapping[str, Mapping[Any, float]], names: Iterable[str]) -> list[Numbering]:
    """Give how the codes of categories are numbered by these vocabularies."""
    return [(_field(name), _READ.get(name), vocabularies[name].get) for name in names]


def code_numbers(columns: Columns, by: Iterable[Numbering]) -> NDArray[np.float64]:
    """Give the numbers of categories, line after line: 0 rare or unseen, NaN (that of None) missing."""
    found: list[float] = []
    for field, read, number in by:
        values = columns[field].tolist()
        found += map(number, values if read is None else map(read, values), _RARE)
    return np.fromiter(found, np.float64, len(found))


def _field(name: str) -> str:
    return "hs_code" if name in LEVELS else name


def _whole(number: float) -> str | None:
    return None if number != number else str(int(number))  # noqa: PLR0124


_READ: dict[str, Callable[[Any], str | None]] = {
    **dict.fromkeys((name for name in CODED_FIELDS if not is_text(FIELD[name])), _whole),
    **{name: lru_cache(maxsize=65_536)(cut) for name, cut in LEVELS.items()},
}
"""How a value becomes a code where it is not one already; most commodity codes come again and again."""

_RARE = repeat(0.0)
