"""Keys of the rows of a table, and the keys under which a declaration is looked up in it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.reference.keys import Keys, combined, key_hash, key_hashes
from features.reference.kind import KeyPart, ReferenceKind
from features.reference.kinds import PARTIES

Level: TypeAlias = tuple[int, ...]
"""How much of each part of a key a row names: digits of a prefix, else 1; 0 where it stands for any."""

ANY = key_hash("")
"""The key of a part that stands for any."""


def row_keys(kind: ReferenceKind, frame: pl.DataFrame) -> Keys:
    """Give the key of each row of a table, (n,).

    >>> from features.reference.kinds import KIND
    >>> frame = pl.DataFrame({"hs_code": ["610910"], "origin_country": [None]})
    >>> row_keys(KIND["market_prices"], frame).tolist() == [key_hash("610910", "")]
    True
    """
    parts = []
    for part in kind.key:
        keys = key_hashes(text_array(frame[part.name]), partial(spelled, part))
        parts.append(keys if part.required else np.where(frame[part.name].is_null(), np.uint64(ANY), keys))
    return combined(parts)


def levels(kind: ReferenceKind, frame: pl.DataFrame) -> tuple[Level, ...]:
    """Give the levels that occur in a table, the most specific first: longer codes, then the parts after.

    >>> from features.reference.kinds import KIND
    >>> codes = {"hs_code": ["6109", "610910", "610910"], "origin_country": ["CN", None, "CN"]}
    >>> levels(KIND["market_prices"], pl.DataFrame(codes))
    ((6, 1), (6, 0), (4, 1))
    """
    sizes = [
        (
            pl.col(part.name).str.len_chars()
            if part.prefix
            else pl.col(part.name).is_not_null().cast(pl.UInt32)
        )
        .fill_null(0)
        .alias(part.name)
        for part in kind.key
    ]
    return tuple(sorted(set(frame.select(sizes).rows()), reverse=True))


def level_keys(kind: ReferenceKind, level: Level, values: Mapping[str, NDArray[Any]]) -> Keys:
    """Give the keys under which values are looked up on a level, (n,); `values` go by part names."""
    parts = []
    for part, size in zip(kind.key, level, strict=True):
        texts = values[part.name]
        if size == 0:
            parts.append(np.full(len(texts), np.uint64(ANY)))
        else:
            parts.append(key_hashes(texts, partial(_begun, part, size)))
    return combined(parts)


def spelled(part: KeyPart, text: str) -> str:
    """Give a text as it stands in the key: a folded part without regard to capitals and spaces."""
    return " ".join(text.casefold().split()) if part.folded else text


def declared(kind: ReferenceKind, columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Give what a declaration says for each part of the key, by the name of the part."""
    return {part.name: columns[part.of] for part in kind.key if part.of}


def looked_up(kind: ReferenceKind) -> tuple[str, ...]:
    """Give the declared fields by which an item is looked up in a table of a kind.

    >>> from features.reference.kinds import KIND
    >>> looked_up(KIND["market_prices"])
    ('hs_code', 'origin_country')
    """
    if kind.name == "watch_list":
        return tuple(PARTIES.values())
    return tuple(part.of for part in kind.key if part.of)


def text_array(series: pl.Series) -> NDArray[Any]:
    """Give a column of texts as an object array, (n,), None where there is none."""
    array = np.empty(len(series), dtype=object)
    array[:] = series.to_list()
    return array


def _begun(part: KeyPart, size: int, text: str) -> str | None:
    if not part.prefix:
        return spelled(part, text)
    return text[:size] if len(text) >= size else None
