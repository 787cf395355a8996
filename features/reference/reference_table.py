"""A reference table in memory: its rows, and which of them counts for a key on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.columns import Columns
from features.history.entities import YOUNG_DAYS
from features.local_time import NO_DAY
from features.reference.dearest import Dearest
from features.reference.keys import Keys, numbered
from features.reference.kind import ReferenceKind
from features.reference.lookup import Level, level_keys, levels, row_keys
from features.reference.row_numbers import MISSING, row_numbers
from features.reference.sharing import Sharing
from features.reference.source import Source, sources_of
from features.reference.timeline import NONE, OPEN, Days, Index, Rows, Timeline


@dataclass(frozen=True)
class ReferenceTable:
    """The rows of a table in the columns of `schema.schema_of(kind)`, and its timeline.

    `levels` are the ways in which its rows name a key, the most specific first; `slots` is how many rows a
    key may have at a time (1 where the kind tells none apart). `keys` holds the distinct keys, without regard
    to slots. `said` gives, (rows + 1,), the `SAID` measures of each row, those of no row at last; `sources`
    has the sources by their numbers. `first_known` is the day on which a row was first known, None
    without rows: as of that day and before there is no table yet.

    >>> from datetime import date, datetime, UTC
    >>> from features.reference.keys import key_hash
    >>> from features.reference.kinds import KIND
    >>> from features.reference.schema import frame_of
    >>> said = {"source": "gazette", "licence": "free", "known_from": datetime(2023, 12, 1, tzinfo=UTC)}
    >>> row = {"hs_code": "6109", "rate_pct": 11.0, "valid_from": date(2024, 1, 1), **said}
    >>> table = ReferenceTable.build(KIND["tariff"], frame_of(KIND["tariff"], [row]))
    >>> keys, days = np.full(2, key_hash("6109"), np.uint64), np.array([19722, 19723], np.int32)
    >>> table.rows_as_of(keys, days).tolist(), [one.name for one in table.sources.values()]
    ([-1, 0], ['gazette'])
    """

    kind: ReferenceKind
    frame: pl.DataFrame = field(repr=False)
    timeline: Timeline
    levels: tuple[Level, ...]
    slots: int
    keys: Keys
    said: Columns
    sources: Mapping[int, Source]
    first_known: int | None

    @classmethod
    def build(cls, kind: ReferenceKind, frame: pl.DataFrame) -> ReferenceTable:
        """Give the table of any rows of a kind."""
        keys = row_keys(kind, frame)
        slot = _slots(kind, keys, frame)
        timeline = Timeline.build(_rows(_by_slot(keys, slot), frame))
        sources, numbers = sources_of(frame)
        return cls(
            kind,
            frame,
            timeline,
            levels(kind, frame),
            int(slot.max(initial=0)) + 1,
            np.unique(keys),
            {"source": numbers, **{name: _days(frame[of]) for name, of in _SAID_DAYS.items()}},
            sources,
            min(frame["known_date"].to_physical().to_list(), default=None),
        )

    def rows_as_of(self, keys: Keys, days: Days) -> Index:
        """Give the row that counts for each key on each day, (n,), -1 where there is none.

        Keys are those of `keys.key_hash`, days count from 1970-01-01. Where a key may have several rows at a
        time this is the first of them; `all_rows_as_of` gives all.
        """
        found = self.timeline.rows_as_of(keys, days)
        for slot in range(1, self.slots):
            found = np.where(found == NONE, self.timeline.rows_as_of(numbered(keys, slot), days), found)
        return found

    def all_rows_as_of(self, keys: Keys, days: Days) -> Index:
        """Give every row that counts for each key on each day, (slots, n), -1 where there is none."""
        return np.stack([self.timeline.rows_as_of(numbered(keys, slot), days) for slot in range(self.slots)])

    def most_specific(self, values: Mapping[str, NDArray[Any]], days: Days) -> Index:
        """Give the row that counts for values named as the parts of the key, tried level by level, (n,)."""
        found = np.full(len(days), NONE, np.int64)
        left = np.arange(len(days))
        for level in self.levels:
            asked = {name: texts[left] for name, texts in values.items()}
            found[left] = self.rows_as_of(level_keys(self.kind, level, asked), days[left])
            left = left[found[left] == NONE]
        return found

    def exact_keys(self, values: Mapping[str, NDArray[Any]]) -> Keys:
        """Give the keys of values named as the parts of the key, each as it stands, (n,)."""
        return level_keys(self.kind, (1,) * len(self.kind.key), values)

    @cached_property
    def numbers(self) -> Columns:
        """The numbers of each row by name, (rows + 1,), as `row_numbers` makes them: once."""
        return row_numbers(self.kind, self.frame)

    @cached_property
    def dearest(self) -> tuple[Dearest, Dearest]:
        """The highest general rates of a tariff's headings and of its chapters: made once."""
        codes, rates = self.frame["hs_code"], self.numbers["rate"]
        heading, chapter = (Dearest.build(codes, digits, rates, self.timeline) for digits in (4, 2))
        return heading, chapter

    @cached_property
    def sharing(self) -> tuple[Sharing, Sharing]:
        """Companies at each address, and those of them that were registered of late: made once."""
        address, registered = self.numbers["address"], self.numbers["registered"]
        until = np.where(registered == MISSING, 0, registered) + YOUNG_DAYS
        return Sharing.build(address, self.timeline), Sharing.build(address, self.timeline, until)


_SAID_DAYS = {"valid_from": "valid_from", "known_on": "known_date"}


def _days(series: pl.Series) -> Index:
    """Days of each row, and at last those of no row."""
    days = series.to_physical().cast(pl.Int64).fill_null(MISSING).to_numpy()
    return np.append(days, MISSING)


def _rows(keys: Keys, frame: pl.DataFrame) -> Rows:
    """What decides when each row counts."""
    return Rows(
        keys,
        frame["valid_from"].to_physical().fill_null(NO_DAY).to_numpy(),
        frame["valid_to"].to_physical().fill_null(OPEN).to_numpy(),
        frame["known_from"].to_physical().to_numpy(),
        frame["known_date"].to_physical().to_numpy(),
        (frame["withdrawn"] == 1).fill_null(value=False).to_numpy(),
    )


def _slots(kind: ReferenceKind, keys: Keys, frame: pl.DataFrame) -> Index:
    """The place of each row among those that stand beside it under one key, (n,), from 0."""
    if not kind.apart:
        return np.zeros(frame.height, np.int64)
    told_apart = frame.select(
        pl.struct(column.name for column in kind.apart), pl.Series("key", keys, pl.UInt64)
    )
    place = pl.first().rank("dense").over("key").cast(pl.Int64) - 1
    return told_apart.select(place).to_series().to_numpy()


def _by_slot(keys: Keys, slot: Index) -> Keys:
    spread = keys.copy()
    for number in range(1, int(slot.max(initial=0)) + 1):
        at = slot == number
        spread[at] = numbered(keys[at], number)
    return spread
