"""Prefix sums on an axis of days, one stretch a key; as-of values are found on it by binary search."""

from __future__ import annotations

from collections.abc import Iterable
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
    return np.asarray(code, np.int64) * SPAN + (MIDDLE + day)


@dataclass(frozen=True)
class Axis:
    """Places in ascending order, where the stretch of each code begins, and sums before each place.

    `sums[name]` has one entry more than `places`: sums of all places before.
    """

    places: Index
    starts: NDArray[np.signedinteger]
    sums: dict[str, NDArray[np.signedinteger]]

    @classmethod
    def build(cls, code: Index, day: Index, values: Iterable[tuple[str, Index]], codes: int) -> Axis:
        """Give the axis of values that befell the keys `code` (-1: nobody's) on the days `day`.

        The values are taken one after another, so that an iterator need not hold them all at once.

        >>> axis = Axis.build(np.array([0, 0, 1]), np.array([5, 3, 4]), [("n", np.array([1, 2, 4]))], 2)
        >>> axis.before(np.array([0, 0, 0, 1]), np.array([3, 4, 6, 9]), ["n"])["n"].tolist()
        [0, 2, 3, 4]
        >>> axis.between(np.array([0, 0]), np.array([3, 4]), np.array([6, 6]), ["n"])["n"].tolist()
        [3, 1]
        """
        use = np.flatnonzero(code >= 0)
        at = place(code[use], day[use])
        order = np.argsort(at)
        at, use = at[order], use[order]
        first = np.flatnonzero(np.r_[np.ones(min(1, len(at)), bool), at[1:] != at[:-1]])
        places = at[first]
        starts = np.searchsorted(places, place(np.arange(codes), -MIDDLE))
        return cls(places, _narrow(starts), {name: _prefix(each[use], first) for name, each in values})

    def before(self, code: Index, day: Index, names: Iterable[str]) -> dict[str, Index]:
        """Give for each (code >= 0, day) the sums of all that befell the key on earlier days.

        Of these names, those that the axis has.
        """
        at, start = self._find(code, day)
        return self._differences(start, at, names)

    def between(self, code: Index, since: Index, until: Index, names: Iterable[str]) -> dict[str, Index]:
        """Give the same of the days in [since, until)."""
        return self._differences(self._find(code, since)[0], self._find(code, until)[0], names)

    def last(self, code: Index, day: Index, never: int) -> Index:
        """Give the last day before `day` on which anything befell the key, else `never`."""
        at, start = self._find(code, day)
        return np.where(at > start, self._day(at - 1), never)

    def first(self, code: Index, day: Index, never: int) -> Index:
        """Give the first day on which anything befell the key, if that is before `day`, else `never`."""
        at, start = self._find(code, day)
        return np.where(at > start, self._day(start), never)

    def _differences(self, start: Index, end: Index, names: Iterable[str]) -> dict[str, Index]:
        return {
            name: self.sums[name][end].astype(np.int64) - self.sums[name][start]
            for name in names
            if name in self.sums
        }

    def _find(self, code: Index, day: Index) -> tuple[Index, Index]:
        return np.searchsorted(self.places, place(code, day)), self.starts[code]

    def _day(self, at: Index) -> Index:
        if not len(self.places):
            return np.zeros(len(at), np.int64)
        return self.places[np.clip(at, 0, len(self.places) - 1)] % SPAN - MIDDLE


def _prefix(values: Index, first: Index) -> NDArray[np.signedinteger]:
    """Sums before each group of rows that begins at `first`."""
    sums = np.zeros(len(first) + 1, np.int64)
    if len(first):
        np.cumsum(np.add.reduceat(values, first, dtype=np.int64), out=sums[1:])
    return _narrow(sums)


def _narrow(values: Index) -> NDArray[np.signedinteger]:
    """The narrowest integers that hold the values."""
    return values.astype(np.int32) if np.abs(values).max(initial=0) < 2**31 else values
