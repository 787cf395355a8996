"""Columns cut into few bins: what the stability index counts, and a figure can show.

Equal-width bins of a skewed amount hold nearly every item in the first, and see nothing move; bins at the
reference's quantiles see the same whatever the scale. Rare categories are counted together, since one item
more or less of them would look like drift.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Labels = NDArray[np.object_]
"""The label of each item's bin; None where the value is missing. Labels sort in the order of the bins."""

_RARE = 0.01  # categories below this share of the reference are counted together
_MOST_CATEGORIES = 15
_SAFE = set(string.ascii_letters + string.digits + " ._-/:")


@dataclass(frozen=True)
class Binned:
    """One column of reference and current period in the same bins, and how many bins there are."""

    reference: Labels
    current: Labels
    bins: int


def binned_number(reference: pl.Series, current: pl.Series, bins: int) -> Binned:
    """Give a numeric column in bins cut at the reference's quantiles; few distinct values are a bin each.

    >>> column = pl.Series([0.0, 0.0, 1.0, None])
    >>> binned_number(column, pl.Series([5.0, 1.0]), 10).current.tolist()
    ['other', '02 = 1']
    """
    known, seen = (series.cast(pl.Float64).to_numpy() for series in (reference, current))
    values = np.unique(known[~np.isnan(known)])
    if len(values) <= bins:
        names = [f"{number:02d} = {value:.5g}" for number, value in enumerate(values, start=1)]
        return _binned(*(_matched(held, values, names) for held in (known, seen)))
    edges = np.unique(np.nanquantile(known, np.arange(1, bins) / bins, method="lower"))
    names = [f"{number:02d} ≤ {edge:.5g}" for number, edge in enumerate(edges, start=1)]
    names.append(f"{len(names) + 1:02d} > {edges[-1]:.5g}")
    return _binned(*(_cut(held, edges, names) for held in (known, seen)))


def binned_category(reference: pl.Series, current: pl.Series, words: Sequence[str]) -> Binned:
    """Give a categorical column (codes of `words` from 1 on, or the words themselves), rare ones together.

    >>> codes = pl.Series([1, 1, 2, 0, None])
    >>> binned_category(codes, pl.Series([2.0, 9.0]), ["CN", "PE"]).current.tolist()
    ['02 PE', 'rare or unseen']
    """
    known, seen = (codes(series, words) for series in (reference, current))
    share = np.bincount(known[known > 0], minlength=len(words) + 1) / max(1, (known >= 0).sum())
    common = [code for code in np.argsort(-share, kind="stable")[:_MOST_CATEGORIES] if share[code] >= _RARE]
    names = np.full(len(words) + 2, "other", dtype=object)
    names[0], names[-1] = "rare or unseen", None
    for number, code in enumerate(common, start=1):
        names[code] = f"{number:02d} {_plain(words[code - 1])}"
    return _binned(names[known], names[seen])


def codes(series: pl.Series, words: Sequence[str]) -> NDArray[np.int64]:
    """Give the code of each value: from 1 on for the words, 0 for a rare or unseen one, -1 for a missing one.

    >>> codes(pl.Series(["PE", "XX", None]), ["CN", "PE"]).tolist()
    [2, 0, -1]
    """
    if series.dtype == pl.String:
        numbers = {word: number for number, word in enumerate(words, start=1)}
        held = [-1 if word is None else numbers.get(word, 0) for word in series]
        return np.array(held, dtype=np.int64)
    values = series.cast(pl.Float64).to_numpy()
    known = (values >= 1) & (values <= len(words))
    return np.where(np.isnan(values), -1, np.where(known, np.nan_to_num(values), 0)).astype(np.int64)


def _matched(values: NDArray[np.float64], known: NDArray[np.float64], names: list[str]) -> Labels:
    held = np.full(len(values), None, dtype=object)
    held[~np.isnan(values)] = "other"
    for value, name in zip(known, names, strict=True):
        held[values == value] = name
    return held


def _cut(values: NDArray[np.float64], edges: NDArray[np.float64], names: list[str]) -> Labels:
    held = np.array(names, dtype=object)[np.searchsorted(edges, values)]
    held[np.isnan(values)] = None
    return np.asarray(held)


def _binned(reference: Labels, current: Labels) -> Binned:
    labels = {label for held in (reference, current) for label in set(held.tolist())} - {None}
    return Binned(reference, current, len(labels))


def _plain(word: str) -> str:
    """Give a category's word with nothing in it that a page could take for markup."""
    return "".join(letter if letter in _SAFE else "?" for letter in word)[:24]
