"""The parts of history keys: what of an item says whose history it belongs to, and their digests.

A digest is the first 8 bytes of the text's BLAKE2b. That two of a hundred million texts share one has a
chance below one in three thousand; what would follow is that two parties are taken for one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.columns import Columns
from features.distinct import distinct

PARTS: dict[str, str] = {
    "importer": "importer_id",
    "declarant": "declarant_id",
    "seller": "seller_id",
    "office": "office_id",
    "origin": "origin_country",
    "departure": "departure_country",
    "mode": "transport_mode",
    "hs2": "hs_code",
    "hs4": "hs_code",
    "hs6": "hs_code",
    "brand": "brand",
}
"""Name of each part, and the field that it is made of."""

NATIONAL_CHAPTERS: frozenset[str] = frozenset({"98", "99"})
"""Chapters of national use: their six digits mean nothing abroad, so they are no commodity."""

SIZE = 8
"""Bytes of a digest."""

NOBODY = np.uint64(0)
"""Stands for a part that is missing."""

Text = str | None
Digests = NDArray[np.uint64]


def digest(text: str) -> bytes:
    """Give the digest of a part.

    >>> digest("CN").hex()
    'a43bf3aaac766f0a'
    """
    return blake2b(text.encode(), digest_size=SIZE).digest()


_kept_digest = lru_cache(maxsize=65_536)(digest)
"""For few rows at a time, whose texts come again and again; of many rows too few would be kept."""


def part_digests(columns: Columns) -> dict[str, list[bytes | None]]:
    """Give the digests of each part of a few rows, None where it is missing.

    >>> from features.columns import from_records
    >>> one = from_records([{"hs_code": "8471300000", "transport_mode": 4, "brand": " Ünique  X "}]).columns
    >>> parts = part_digests(one)
    >>> parts["hs4"] == [digest("8471")], parts["brand"] == [digest("ünique x")], parts["seller"]
    (True, True, [None])
    """
    found: dict[str, list[bytes | None]] = {}
    for part, field in PARTS.items():
        values = columns[field].tolist()
        if (read := _READ.get(part)) is not None:
            values = [read(value) for value in values]
        found[part] = [None if text is None else _kept_digest(text) for text in values]
    return found


def part_codes(values: Mapping[str, NDArray[Any]] | pl.DataFrame) -> dict[str, Digests]:
    """Give the digests of each part of many rows as numbers (n,), `NOBODY` where it is missing.

    Distinct texts are taken once, so that a row costs some nanoseconds.
    """
    found: dict[str, Digests] = {}
    for field in dict.fromkeys(PARTS.values()):
        texts, places = _distinct(values[field], field)
        for part in (part for part, of in PARTS.items() if of == field):
            found[part] = _numbers(map(_READ.get(part, _same), texts))[places]
    return found


def hs2_of(code: Text) -> Text:
    """Give the chapter of a code; None in chapters of national use."""
    return code[:2] if code and code[:2] not in NATIONAL_CHAPTERS else None


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
    return None if math.isnan(number) else str(int(number))


def _same(text: Text) -> Text:
    return text


_READ: dict[str, Callable[[Any], Text]] = {
    "mode": mode_of,
    "hs2": hs2_of,
    "hs4": hs4_of,
    "hs6": hs6_of,
    "brand": brand_of,
}


def _distinct(column: NDArray[Any] | pl.Series, field: str) -> tuple[list[Any], NDArray[np.int64]]:
    """The distinct values of a column with None (or NaN) last, and the place of each row's among them."""
    if PARTS["mode"] == field:
        return _modes(np.asarray(column, np.float64))
    return distinct(column if isinstance(column, pl.Series) else pl.Series(column.tolist(), dtype=pl.String))


def _modes(numbers: NDArray[np.float64]) -> tuple[list[Any], NDArray[np.int64]]:
    modes, places = np.unique(numbers, return_inverse=True)
    return [*modes.tolist(), float("nan")], places


def _numbers(texts: Iterable[Text]) -> Digests:
    whole = b"".join(bytes(SIZE) if text is None else digest(text) for text in texts)
    return np.frombuffer(whole, "<u8").astype(np.uint64)
