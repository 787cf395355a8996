"""Sums over the declaration that an item belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns

ITEMS, CENTS = "declaration_items", "declaration_cents"
"""Columns in which rows carry the totals of their declaration, once rows of it may be missing."""

_MOST_CENTS = 10.0**15


@dataclass(frozen=True)
class Totals:
    """Of each row's declaration: the number of items and the sum of cif in hundredths, both whole."""

    items: NDArray[np.int64]
    cents: NDArray[np.int64]


def totals(columns: Columns) -> Totals:
    """Give the totals that the columns carry, else those of the rows that are there.

    Money is summed in whole hundredths: the sum is the same in whatever order the items come.

    >>> each = {"declaration_id": np.array(["A", "B", "A"], object), "cif": np.array([1.5, 2.0, 3.0])}
    >>> totals(each).items.tolist(), totals(each).cents.tolist()
    ([2, 1, 2], [450, 200, 450])
    """
    if ITEMS in columns:
        return Totals(columns[ITEMS], columns[CENTS])
    group = declarations(columns)
    items = np.bincount(group)
    sums = np.zeros(len(items), np.int64)
    np.add.at(sums, group, cents(columns["cif"]))
    return Totals(items[group].astype(np.int64), sums[group])


def declarations(columns: Columns) -> NDArray[np.int64]:
    """Give the number of each row's declaration, in order of first appearance."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(name, len(numbers)) for name in columns["declaration_id"].tolist()], np.int64
    )


def cents(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give amounts in whole hundredths, at most 1e15 of them; a missing amount is none."""
    return np.rint(np.fmin(np.fmax(amounts * 100.0, 0.0), _MOST_CENTS)).astype(np.int64)
