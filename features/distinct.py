"""The distinct values of a column, so that work is done once for each of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray


def numbered(values: Iterable[Hashable]) -> list[int]:
    """Give the number of each value, equal for equal ones, in order of first appearance.

    >>> numbered(["b", None, "b"])
    [0, 1, 0]
    """
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]


def distinct(series: pl.Series) -> tuple[list[str | None], NDArray[np.int64]]:
    """Give the distinct texts, in no order and with None last, and the place of each row's among them.

    >>> texts, places = distinct(pl.Series(["CN", None, "CN"]))
    >>> texts, places.tolist()
    (['CN', None], [0, 1, 0])
    """
    texts = series.drop_nulls().unique()
    places = series.cast(pl.Enum(texts)).to_physical().cast(pl.Int64).fill_null(len(texts))
    return [*texts.to_list(), None], places.to_numpy()
