"""The as-of join: which row of a table counts for a key on a day, in both times.

Pure NumPy, and the same code for one look-up and a million. As of day D only rows known before D exist. Of
the rows of a key and a `valid_from`, the newest known replaces the others: it may correct them, end them
sooner, or withdraw them. Of what stands and is valid on D, the row with the largest `valid_from` counts.

Each row therefore counts, at most, from the day after it was known (and not before it is valid) to the day on
which the next version is known (and not after it is valid): an interval. The intervals of a key are laid over
one another in the order of `valid_from`, once, when the timeline is built; what is seen from above is a list
of breakpoints, and a look-up is one binary search among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.reference.keys import NO_KEY, Keys

Days = NDArray[np.int32]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]

NONE = -1
"""Stands for no row."""

OPEN = int(np.iinfo(np.int32).max)
"""`valid_to` of a row that is valid until another says otherwise."""

DAY_BITS = 33
"""Bits of a point that hold the day; the place is above them."""

_DAYS = (1 << DAY_BITS) - 1
_EARLIEST = -(2**31)


@dataclass(frozen=True)
class Rows:
    """What decides when each of n rows counts, all arrays (n,).

    `known` is the instant (microseconds) by which versions are ordered, `known_day` its local date; the first
    day on which the row can be seen is the one after. `valid_to` is the last day, OPEN for none. Of versions
    known at the same instant the one that stands last counts.
    """

    keys: Keys
    valid_from: Days
    valid_to: Days
    known: Index
    known_day: Days
    withdrawn: Flags


class Span(NamedTuple):
    """Rows that count, (m,), from the day `begin` on and before the day `end`; OPEN + 1 without end."""

    rows: Index
    begin: Index
    end: Index


@dataclass(frozen=True)
class Timeline:
    """Breakpoints: from each on, until the next of its key, one row counts, or none.

    `keys` holds the distinct keys in their order, `points` each breakpoint as its key's place in them and its
    day in one number, ascending, `rows` the number of the row.

    >>> one = np.array([7, 7], np.uint64)
    >>> days = [np.array(values, np.int32) for values in ([0, 10], [OPEN, 19], [0, 12])]
    >>> rows = Rows(one, days[0], days[1], days[2].astype(np.int64), days[2], np.array([False, False]))
    >>> timeline = Timeline.build(rows)
    >>> asked = np.array([0, 1, 12, 13, 19, 20], np.int32)
    >>> timeline.rows_as_of(np.full(6, 7, np.uint64), asked).tolist()
    [-1, 0, 0, 1, 1, 0]
    """

    keys: Keys
    points: Index
    rows: Index

    @classmethod
    def build(cls, rows: Rows) -> Timeline:
        """Give the timeline of any rows; time and memory grow as n log n, however they overlap."""
        begin, end = _intervals(rows, np.unique(rows.keys, return_inverse=True)[1])
        lasting = np.flatnonzero((begin < end) & ~rows.withdrawn & (rows.keys != NO_KEY))
        lower = lasting[np.argsort(rows.valid_from[lasting], kind="stable")]
        return cls.laid(rows.keys[lower], Span(lower, begin[lower], end[lower]))

    @classmethod
    def laid(cls, keys: Keys, spans: Span) -> Timeline:
        """Give the timeline on which spans of days, (m,), cover those of their key that stand before them."""
        distinct, place = np.unique(keys, return_inverse=True)
        ends = [point(place, spans.begin), point(place, spans.end)]
        points, at = np.unique(np.concatenate(ends), return_inverse=True)
        seen = _seen_from_above(at[: len(keys)], at[len(keys) :], len(points))
        return cls(distinct, points, np.append(spans.rows, NONE)[seen])

    def rows_as_of(self, keys: Keys, days: Days) -> Index:
        """Give the row that counts for each key on each day, (n,); NONE where there is none."""
        if not len(self.points):
            return np.full(len(keys), NONE, np.int64)
        place = np.minimum(_found(self.keys, keys, "left"), len(self.keys) - 1)
        at = _found(self.points, point(place, days), "right") - 1
        before = self.points[np.maximum(at, 0)]
        found = (self.keys[place] == keys) & (at >= 0) & (before >> DAY_BITS == place)
        return np.where(found, self.rows[np.maximum(at, 0)], NONE)

    def spans(self) -> Span:
        """Give all days on which each row counts, as spans of days; a row may have several."""
        place, day = self.points >> DAY_BITS, (self.points & _DAYS) + _EARLIEST
        end = np.full(len(day), OPEN + 1, np.int64)
        same = place[1:] == place[:-1]
        end[:-1][same] = day[1:][same]
        there = self.rows != NONE
        return Span(self.rows[there], day[there], end[there])

    def gaps(self) -> Span:
        """Give all days between two rows of a key on which none counts; `rows` are those that ended."""
        place, day = self.points >> DAY_BITS, (self.points & _DAYS) + _EARLIEST
        at = np.flatnonzero((self.rows[:-1] == NONE) & (place[1:] == place[:-1]))
        return Span(self.rows[at - 1], day[at], day[at + 1])

    def resumed(self) -> Index:
        """Give the rows that count again once a later one of their key, laid over them, has ended."""
        place, begins = self.points >> DAY_BITS, np.ones(len(self.points), np.bool_)
        begins[1:] = (place[1:] != place[:-1]) | (self.rows[1:] != self.rows[:-1])
        rows, times = np.unique(self.rows[begins], return_counts=True)
        again: Index = rows[(times > 1) & (rows != NONE)]
        return again


def _intervals(rows: Rows, place: Index) -> tuple[Index, Index]:
    """First day of each row and the day after its last: by validity, knowledge, and the next version's."""
    count = len(place)
    order = np.lexsort((np.arange(count), rows.known, rows.valid_from, place))
    same = (np.diff(place[order]) == 0) & (np.diff(rows.valid_from[order]) == 0)
    replaced = np.full(count, OPEN + 1, np.int64)
    replaced[order[:-1][same]] = rows.known_day[order[1:][same]].astype(np.int64) + 1
    begin = np.maximum(rows.valid_from.astype(np.int64), rows.known_day.astype(np.int64) + 1)
    return begin, np.minimum(rows.valid_to.astype(np.int64) + 1, replaced)


def _seen_from_above(begin: Index, end: Index, points: int) -> Index:
    """The last of the intervals [begin, end) that covers each point, (points,); NONE where none does.

    Each interval is two overlapping spans of a power of two, laid at the level of that power; a level is then
    split in halves onto the one below, down to single points.
    """
    level = np.frexp((end - begin).astype(np.float64))[1] - 1
    seen = np.full(points, NONE, np.int64)
    for power in range(int(level.max(initial=-1)), -1, -1):
        at = np.flatnonzero(level == power)
        np.maximum.at(seen, begin[at], at)
        np.maximum.at(seen, end[at] - 2**power, at)
        if power:
            half = 2 ** (power - 1)
            seen[half:] = np.maximum(seen[half:], seen[:-half].copy())
    return seen


def _found(ascending: NDArray[Any], asked: NDArray[Any], side: Literal["left", "right"]) -> Index:
    """Places among ascending numbers; asked in their order, since jumping about in memory takes longest."""
    order = np.argsort(asked)
    found = np.empty(len(asked), np.int64)
    found[order] = np.searchsorted(ascending, asked[order], side=side)
    return found


def point(place: Index, days: NDArray[np.signedinteger]) -> Index:
    """Give a place and a day, (n,), as one number each that is ordered as both."""
    made: Index = (place.astype(np.int64) << DAY_BITS) | (days.astype(np.int64) - _EARLIEST)
    return made
