"""The highest rate of a heading or of a chapter, as of any day: of the rows of the tariff that count then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.reference.keys import NO_KEY, Keys, key_hash
from features.reference.row_numbers import MISSING
from features.reference.timeline import Days, Index, Span, Timeline


@dataclass(frozen=True)
class Dearest:
    """For each row of a tariff, (rows + 1,), the group of codes it belongs to; and their highest rates.

    The rows of a group are laid over one another in the order of their rates: what is seen from above is the
    dearest.
    """

    groups: Keys
    rates: Index
    timeline: Timeline

    @classmethod
    def build(cls, codes: pl.Series, digits: int, rates: Index, timeline: Timeline) -> Dearest:
        """Give the dearest of the codes that share their first digits; `rates` are (rows + 1,).

        >>> from features.reference.timeline import Rows
        >>> keys, day = np.arange(1, 4, dtype=np.uint64), np.array([3, 5, 5], np.int32)
        >>> rows = Rows(keys, day, day + 90, day.astype(np.int64), day - 1, keys > 9)
        >>> codes = pl.Series(["610910", "610990", "620342"])
        >>> dearest = Dearest.build(codes, 4, np.array([600, 1100, 900, MISSING]), Timeline.build(rows))
        >>> dearest.at(np.array([0, 0, 2]), np.array([4, 5, 5], np.int32)).tolist()
        [600, 1100, 900]
        """
        heads = codes.str.slice(0, digits)
        hashes = {head: key_hash(head) for head in heads.unique().to_list()}
        groups = np.array([*map(hashes.__getitem__, heads.to_list()), NO_KEY], np.uint64)
        rows, begin, end = timeline.spans()
        order = np.argsort(rates[rows], kind="stable")
        order = order[rates[rows[order]] != MISSING]
        laid = Timeline.laid(groups[rows[order]], Span(rows[order], begin[order], end[order]))
        return cls(groups, rates, laid)

    def at(self, rows: Index, days: Days) -> Index:
        """Give the highest rate of the group of each row on each day, (n,); MISSING for no row."""
        return self.rates[self.timeline.rows_as_of(self.groups[rows], days)]
