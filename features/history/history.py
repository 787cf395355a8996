"""History of parties, goods and their relations, as of any day, in both times.

As of day D there is only what happened before D and was known before D. All is made of integers added up
day by day: values are exact, and free of the order in which rows of a day come. An amendment counts from the
day it is known: its measures come, those of the version before go. Versions are those of an item: an item
that an amendment does not name keeps its newest version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from features.columns import Columns, rows
from features.declaration_lake import DeclarationLake, Frames
from features.history.settings import HistorySettings
from features.history.sweep import Progress, Sweep, silent
from features.local_time import days_of
from features.reference.standing import standing_entries
from features.reference.tables import NO_TABLES, Tables
from features.snapshot import Snapshot


@dataclass
class History:
    """All that is remembered of items and outcomes, and stands in reference tables, as of any day.

    Each question is one pass over the past, or goes on with the pass before if it is of a later day: ask in
    the order of the days.

    >>> from features.columns import from_records, to_frame
    >>> item = {"declaration_id": "A", "item_no": 1, "accepted_at": "2024-01-02", "importer_id": "I"}
    >>> items = [item, item | {"declaration_id": "B", "accepted_at": "2024-01-05"}]
    >>> frame = to_frame(from_records(items).columns)
    >>> history = History.build(frame.lazy(), None)
    >>> history.as_of(from_records([item | {"accepted_at": "2024-01-05"}]).columns)["importer.items"]
    array([1])
    """

    source: DeclarationLake
    settings: HistorySettings
    progress: Progress
    tables: Tables = NO_TABLES
    _sweep: Sweep | None = field(default=None, repr=False)

    @classmethod
    def build(
        cls,
        items: pl.LazyFrame,
        outcomes: pl.LazyFrame | None,
        settings: HistorySettings | None = None,
        progress: Progress = silent,
        tables: Tables = NO_TABLES,
    ) -> History:
        """Give the history of canonical items and outcomes, all versions of both.

        Outcomes need declaration_id, item_no, version, withdrawn, illicit and known_date (a Date); an outcome
        of an item that is not among the items is left out.
        """
        return cls(Frames(items, outcomes), settings or HistorySettings(), progress, tables)

    @classmethod
    def of(
        cls,
        source: DeclarationLake,
        settings: HistorySettings | None = None,
        progress: Progress = silent,
        tables: Tables = NO_TABLES,
    ) -> History:
        """Give the history of a lake, of which only some days are read at a time."""
        return cls(source, settings or HistorySettings(), progress, tables)

    def as_of(self, columns: Columns) -> Columns:
        """Give the history and reference values (`KNOWN_NAMES`, int64) of each row as of its customs_date."""
        first = int(columns["customs_date"].min()) if rows(columns) else 0
        return self._at(first).as_of(columns) | self.tables.as_of(columns)

    def snapshot(self, day: date) -> Snapshot:
        """Give the values of every key as of `day`; keys with nothing to say are left out."""
        sweep = self._at(days_of(day))
        sweep.go_to(days_of(day))
        return Snapshot.of(sweep.state, day, standing_entries(self.tables, day))

    def _at(self, day: int) -> Sweep:
        """A pass that stands on the day or before."""
        if self._sweep is None or self._sweep.day > day:
            self._sweep = Sweep(self.source, self.settings, self.progress)
        return self._sweep
