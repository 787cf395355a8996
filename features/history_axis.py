"""Prefix sums on an axis of days, one stretch a key; as-of values are found on it by binary search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]

SPAN = 1 << 20
"""Days that one key takes on the axis; more than any calendar here has."""

MIDDLE = SPAN // 2
"""Where on a key's stretch the day 0 (1970-01-01) lies."""


def place(code: Index, day: Index | int) -> Index:
    """Give the place on the axis of a day of the key with this code."""
    return np.asarray(code * SPAN + MIDDLE + day, dtype=np.int64)


@dataclass(frozen=True)
class Axis:
    """Places in ascending order, where the stretch of each code begins, and sums before each place.

    `sums[name]` has one entry more than `places`: sums of all places before.
    """

    places: Index
    starts: Index
    sums: dict[str, NDArray[np.signedinteger]]

    @classmethod
    def build(cls, code: Index, day: Index, values: dict[str, Index], codes: int) -> Axis:
        """Give the axis of values that befell the keys `code` (-1: nobody's) on the days `day`.

        >>> axis = Axis.build(np.array([0, 0, 1]), np.array([5, 3, 4]), {"n": np.array([1, 2, 4])}, 2)
        >>> axis.before(np.array([0, 0, 0, 1]), np.array([3, 4, 6, 9]))["n"].tolist()
        [0, 2, 3, 4]
        """
        use = np.flatnonzero(code >= 0)
        at = place(code[use], day[use])
        order = np.argsort(at, kind="stable")
        at, use = at[order], use[order]
        first = np.flatnonzero(np.r_[np.ones(min(1, len(at)), bool), at[1:] != at[:-1]])
        places = at[first]
        starts = np.searchsorted(places, place(np.arange(codes), -MIDDLE))
        return cls(places, starts, {name: _prefix(each[use], first) for name, each in values.items()})

    def before(self, code: Index, day: Index) -> dict[str, Index]:
        """Give for each (code >= 0, day) the sums of all that befell the key on earlier days."""
        at, start = self._find(code, day)
        return {
            name: sums[at].astype(np.int64) - sums[start].astype(np.int64) for name, sums in self.sums.items()
        }

    def last(self, code: Index, day: Index, never: int) -> Index:
        """Give the last day before `day` on which anything befell the key, else `never`."""
        at, start = self._find(code, day)
        return np.where(at > start, self._day(at - 1), never)

    def first(self, code: Index, day: Index, never: int) -> Index:
        """Give the first day on which anything befell the key, if that is before `day`, else `never`."""
        at, start = self._find(code, day)
        return np.where(at > start, self._day(start), never)

    def _find(self, code: Index, day: Index) -> tuple[Index, Index]:
        return np.searchsorted(self.places, place(code, day)), self.starts[code]

    def _day(self, at: Index) -> Index:
        if not len(self.places):
            return np.zeros(len(at), np.int64)
        return self.places[np.clip(at, 0, len(self.places) - 1)] % SPAN - MIDDLE


def _prefix(values: Index, first: Index) -> NDArray[np.signedinteger]:
    """Sums before each group of rows that begins at `first`, in the narrowest integers that hold them."""
    sums = np.zeros(len(first) + 1, np.int64)
    if len(first):
        np.cumsum(np.add.reduceat(values, first), out=sums[1:])
    return sums.astype(np.int32) if np.abs(sums).max(initial=0) < 2**31 else sums
