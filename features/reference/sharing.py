"""How many companies sit at an address, as of any day: those whose row counts then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.reference.row_numbers import MISSING
from features.reference.timeline import DAY_BITS, Days, Index, Span, Timeline, point


@dataclass(frozen=True)
class Sharing:
    """Breakpoints of each address: from each on, until its next, so many companies.

    `addresses` are the distinct tokens, ascending; `points` an address' place and a day in one number,
    ascending; `counts` the companies from there on.
    """

    addresses: Index
    points: Index
    counts: Index

    @classmethod
    def build(cls, tokens: Index, timeline: Timeline, until: Index | None = None) -> Sharing:
        """Give the companies at each address; `tokens` (rows + 1,) are the addresses of rows.

        With `until` (rows + 1,) a row counts before that day alone.

        >>> from features.reference.timeline import Rows
        >>> keys, day = np.array([1, 2], np.uint64), np.array([3, 5], np.int32)
        >>> rows = Rows(keys, day, day + 90, day.astype(np.int64), day - 1, keys > 9)
        >>> sharing = Sharing.build(np.array([7, 7, MISSING]), Timeline.build(rows))
        >>> sharing.at(np.array([7, 7, 8]), np.array([4, 5, 5], np.int32)).tolist()
        [1, 2, 0]
        """
        spans = _told(timeline.spans(), tokens, until)
        addresses, place = np.unique(tokens[spans.rows], return_inverse=True)
        events = np.concatenate([point(place, spans.begin), point(place, spans.end)])
        points, at = np.unique(events, return_inverse=True)
        change = np.zeros(len(points), np.int64)
        np.add.at(change, at, np.repeat([1, -1], len(place)))
        return cls(addresses, points, np.cumsum(change))

    def at(self, addresses: Index, days: Days) -> Index:
        """Give the companies at each address on each day, (n,)."""
        if not len(self.points):
            return np.zeros(len(addresses), np.int64)
        place = np.minimum(np.searchsorted(self.addresses, addresses), len(self.addresses) - 1)
        at = np.searchsorted(self.points, point(place, days), side="right") - 1
        before = np.maximum(at, 0)
        found = (self.addresses[place] == addresses) & (at >= 0) & (self.points[before] >> DAY_BITS == place)
        return np.where(found, self.counts[before], 0)


def _told(spans: Span, tokens: Index, until: Index | None) -> Span:
    """Spans of rows that tell an address, none longer than until a day."""
    end = spans.end if until is None else np.minimum(spans.end, until[spans.rows])
    kept = (spans.begin < end) & (tokens[spans.rows] != MISSING)
    return Span(spans.rows[kept], spans.begin[kept], end[kept])
