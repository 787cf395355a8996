"""Sums over the declaration that an item belongs to, and over the like goods in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.distinct import numbered
from features.machine_code.compiled import compiled

ITEMS, CENTS = "declaration_items", "declaration_cents"
LIKE_ITEMS, LIKE_CENTS = "declaration_like_items", "declaration_like_cents"
CARRIED: tuple[str, ...] = (ITEMS, CENTS, LIKE_ITEMS, LIKE_CENTS)
"""Columns in which rows carry the totals of their declaration, once rows of it may be missing."""

SUMMED: tuple[str, ...] = ("declaration_id", "hs_code", "cif")
"""Columns that the totals are made of."""

_MOST_CENTS = 10.0**15
_SUBHEADING = 6


@dataclass(frozen=True)
class Totals:
    """Of each row's declaration: the number of items and the sum of cif in hundredths, both whole.

    `like_items` and `like_cents` are those of the items of the row's own subheading, in any chapter; of
    those without a code where it has none.
    """

    items: NDArray[np.int64]
    cents: NDArray[np.int64]
    like_items: NDArray[np.int64]
    like_cents: NDArray[np.int64]

    @property
    def carried(self) -> Columns:
        """The columns that carry them, in the order of `CARRIED`."""
        return dict(zip(CARRIED, (self.items, self.cents, self.like_items, self.like_cents), strict=True))


def totals(columns: Columns) -> Totals:
    """Give the totals that the columns carry, else those of the rows that are there.

    Money is summed in whole hundredths: the sum is the same in whatever order the items come.

    >>> each = {"declaration_id": np.array(["A", "B", "A"], object), "cif": np.array([1.5, 2.0, 3.0])}
    >>> each["hs_code"] = np.array(["847130", "847130", "620342"], object)
    >>> found = totals(each)
    >>> found.items.tolist(), found.cents.tolist(), found.like_items.tolist(), found.like_cents.tolist()
    ([2, 1, 2], [450, 200, 450], [1, 1, 1], [150, 200, 300])
    """
    if ITEMS in columns:
        return Totals(*(columns[name] for name in CARRIED))
    group = numbered(columns["declaration_id"].tolist())
    codes = [code and code[:_SUBHEADING] for code in columns["hs_code"].tolist()]
    like = numbered(list(zip(group, codes, strict=True)))
    groups, money = np.array([group, like], np.int64), cents(columns["cif"])
    found = np.empty((4, len(money)), np.int64)
    _add_up(groups, money, np.empty((2, len(money)), np.int64), found)
    return Totals(*found)


def declarations(columns: Columns) -> NDArray[np.int64]:
    """Give the number of each row's declaration, in order of first appearance."""
    return np.array(numbered(columns["declaration_id"].tolist()), np.int64)


def cents(amounts: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give amounts in whole hundredths, at most 1e15 of them; a missing amount is none."""
    return whole_cents(amounts).astype(np.int64)


def whole_cents(amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the same as floats, which hold them exactly; a zero has no sign."""
    return np.rint(np.fmin(np.fmax(amounts * 100.0, 0.0), _MOST_CENTS)) + 0.0


@compiled
def _add_up(
    groups: NDArray[np.int64], money: NDArray[np.int64], whole: NDArray[np.int64], found: NDArray[np.int64]
) -> None:
    """Give rows and money of each row's group, for each line of groups; numbers of groups are below n."""
    for line in range(len(groups)):
        whole[:] = 0
        for row in range(len(money)):
            whole[0, groups[line, row]] += 1
            whole[1, groups[line, row]] += money[row]
        for row in range(len(money)):
            found[2 * line, row] = whole[0, groups[line, row]]
            found[2 * line + 1, row] = whole[1, groups[line, row]]
