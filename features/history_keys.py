"""Whole numbers that stand for the keys of history while it is built and searched; they are never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.history_names import ENTITY
from features.history_parts import PARTS, part_series

Index = NDArray[np.signedinteger]

NOBODY = -1
"""Code of a key that is missing or was never seen."""


@dataclass(frozen=True)
class PartCodes:
    """The distinct texts of each part; a text's code is its position."""

    texts: dict[str, pl.Series]

    @classmethod
    def build(cls, frame: pl.DataFrame) -> PartCodes:
        """Give the codes of every part of a frame."""
        return cls({part: part_series(frame, part).drop_nulls().unique() for part in PARTS})

    def codes(self, values: Mapping[str, NDArray[Any]] | pl.DataFrame) -> dict[str, Index]:
        """Give the code of each row's text, part by part; NOBODY where it is null or was never seen."""
        return {part: self._codes(part, part_series(values, part)) for part in PARTS}

    def size(self, part: str) -> int:
        """Give the number of texts of a part."""
        return len(self.texts[part])

    def _codes(self, part: str, series: pl.Series) -> Index:
        table = pl.DataFrame({"text": self.texts[part]}).with_row_index("code")
        found = pl.DataFrame({"text": series}).join(table, on="text", how="left", maintain_order="left")
        return found["code"].cast(pl.Int32).fill_null(NOBODY).to_numpy()


@dataclass(frozen=True)
class KeyCodes:
    """The keys of one entity, as ascending pairs of part codes; the code of a key is its position."""

    entity: str
    pairs: Index
    width: int

    @classmethod
    def build(cls, entity: str, codes: dict[str, Index], parts: PartCodes) -> KeyCodes:
        """Give the keys that the rows with these part codes have."""
        names = ENTITY[entity].parts
        width = parts.size(names[1]) if len(names) == 2 else 1
        pairs = pair(entity, codes, width)
        return cls(entity, np.unique(pairs[pairs >= 0]), width)

    def codes(self, codes: dict[str, Index]) -> Index:
        """Give the key code of each row, NOBODY where a part is missing or the key was never seen."""
        pairs = pair(self.entity, codes, self.width)
        if not len(self.pairs):
            return np.full(len(pairs), NOBODY, np.int64)
        found = np.minimum(np.searchsorted(self.pairs, pairs), len(self.pairs) - 1)
        return np.where((pairs >= 0) & (self.pairs[found] == pairs), found, NOBODY)

    def parts(self) -> tuple[Index, ...]:
        """Give the part codes of each key, one array a part."""
        names = ENTITY[self.entity].parts
        return {0: (), 1: (self.pairs,), 2: (self.pairs // self.width, self.pairs % self.width)}[len(names)]


def pair(entity: str, codes: dict[str, Index], width: int) -> Index:
    """Give one number for the part codes of each row, -1 where one is missing."""
    names = ENTITY[entity].parts
    if not names:
        return np.zeros(len(next(iter(codes.values()))), np.int64)
    if len(names) == 1:
        return codes[names[0]].astype(np.int64)
    first, second = codes[names[0]].astype(np.int64), codes[names[1]]
    return np.where((first >= 0) & (second >= 0), first * width + second, NOBODY)
