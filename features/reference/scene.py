"""What a check of a reference table may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from features.reference.kind import ReferenceKind
from features.reference.reference_table import ReferenceTable
from features.reference.timeline import Timeline
from features.settings import IntakeSettings


@dataclass(frozen=True)
class Scene:
    """What a check may know: the table's rows that stand today, all tables, the settings and the day.

    Rows have the column `number` beside those of their kind.
    """

    kind: ReferenceKind
    standing: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    settings: IntakeSettings
    today: date

    @cached_property
    def timeline(self) -> Timeline:
        """Which of the rows counts on which days, by what is known today: as if all were always known."""
        day_before = pl.col("valid_from").dt.offset_by("-1d").alias("known_date")
        return ReferenceTable.build(self.kind, self.standing.with_columns(day_before)).timeline
