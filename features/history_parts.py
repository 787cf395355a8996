"""The parts of history keys: what of an item says whose history it belongs to.

Each part has two roads, one for a frame of a million rows and one for the few rows of a request; a test holds
them equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.columns import Columns

PARTS: dict[str, str] = {
    "importer": "importer_id",
    "declarant": "declarant_id",
    "seller": "seller_id",
    "office": "office_id",
    "origin": "origin_country",
    "departure": "departure_country",
    "mode": "transport_mode",
    "hs4": "hs_code",
    "hs6": "hs_code",
    "brand": "brand",
}
"""Name of each part, and the field that it is made of."""

NATIONAL_CHAPTERS: frozenset[str] = frozenset({"98", "99"})
"""Chapters of national use: their six digits mean nothing abroad, so they are no commodity."""

Text = str | None


def part_lists(columns: Columns) -> dict[str, list[Text]]:
    """Give each part of a few rows as a list of text or None.

    >>> from features.columns import from_records
    >>> one = from_records([{"hs_code": "8471300000", "transport_mode": 4, "brand": " Ünique  X "}]).columns
    >>> parts = part_lists(one)
    >>> parts["hs4"], parts["hs6"], parts["mode"], parts["brand"], parts["seller"]
    (['8471'], ['847130'], ['4'], ['ünique x'], [None])
    """
    return {part: [_READ[part](value) for value in columns[field].tolist()] for part, field in PARTS.items()}


def part_series(values: Mapping[str, NDArray[Any]] | pl.DataFrame, part: str) -> pl.Series:
    """Give one part of many rows as a String series; only its field need be there."""
    column = values[PARTS[part]]
    if part == "mode":
        return pl.Series(column, dtype=pl.Float64).fill_nan(None).cast(pl.Int64).cast(pl.String)
    texts = column if isinstance(column, pl.Series) else pl.Series(column.tolist(), dtype=pl.String)
    return _each_once(texts, _READ[part]) if part in _MADE else texts


def hs4_of(code: Text) -> Text:
    """Give the heading of a code."""
    return code[:4] if code else None


def hs6_of(code: Text) -> Text:
    """Give the six international digits of a code; None in chapters of national use."""
    return code[:6] if code and code[:2] not in NATIONAL_CHAPTERS else None


def brand_of(text: Text) -> Text:
    """Give a brand without regard to case and spacing."""
    return " ".join(text.casefold().split()) or None if text else None


def mode_of(number: float) -> Text:
    """Give a mode of transport as text."""
    return None if np.isnan(number) else str(int(number))


def _same(text: Text) -> Text:
    return text


_READ: dict[str, Callable[[Any], Text]] = dict.fromkeys(PARTS, _same) | {
    "mode": mode_of,
    "hs4": hs4_of,
    "hs6": hs6_of,
    "brand": brand_of,
}
_MADE = frozenset({"hs4", "hs6", "brand"})


def _each_once(texts: pl.Series, make: Callable[[Text], Text]) -> pl.Series:
    distinct = texts.drop_nulls().unique()
    made = pl.Series([make(text) for text in distinct.to_list()], dtype=pl.String)
    return texts.replace_strict(distinct, made, return_dtype=pl.String) if len(distinct) else texts
