"""Sources that name their columns otherwise and carry the outcome in the row of the item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import FIELD, FIELDS
from customs.outcome import OUTCOME_FIELDS, Finding, SelectionReason
from features.adapters.chunk import RawChunk, Rows, read_rows, require
from features.adapters.source import Source, open_source
from features.columns import Columns, Unreadable, complete, take
from features.local_time import NO_DAY, NO_INSTANT, date_of, midnight_of
from features.outcome_columns import complete_outcomes
from features.raw_values import raw_column
from features.settings import IntakeSettings

Prepare: TypeAlias = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class LabelledAdapter:
    """An adapter made of two tables of names and of a function that puts values into canonical form.

    `columns` and `labels` map names of the source to fields of the item and of the outcome. `prepare` makes
    a fresh function for each file: it gets the rows as text under canonical names (label columns keep the
    name of their field) and gives them in canonical form, item_no included. A file without the label column
    `illicit` comes from has items only. An outcome's result is known `label_delay_days` after customs_date.
    """

    name: str
    columns: Mapping[str, str]
    labels: Mapping[str, str]
    prepare: Callable[[], Prepare] = field(repr=False)

    def check(self, path: Path) -> None:
        """Raise UnreadableFileError or MissingColumnsError if the file is not of this format."""
        self._open(path)

    def read(self, path: Path, settings: IntakeSettings) -> Iterator[RawChunk]:
        """Chunks of the file, outcomes beside the items where the file has labels."""
        source = self._open(path)
        names = {**self.columns, **self.labels}
        unknown = tuple(name for name in source.names if name not in names)
        known = {name: names[name] for name in source.names if name in names}
        labelled = "illicit" in known.values()
        prepare = self.prepare()
        for batch in source.batches(settings.chunk_rows):
            frame = prepare(batch.frame.select(pl.col(list(known)).cast(pl.String)).rename(known))
            rows = read_rows(batch, frame, FIELDS, settings.time_zone)
            items = Rows(complete(rows.columns, settings.time_zone), rows.lines, rows.unreadable)
            outcomes = _outcomes(items, frame, self.labels, settings) if labelled else None
            yield RawChunk(items, outcomes, unknown, batch.done, batch.total)

    def _open(self, path: Path) -> Source:
        source = open_source(path)
        require(path, source.names, [name for name, item in self.columns.items() if FIELD[item].required])
        return source


def _outcomes(items: Rows, frame: pl.DataFrame, labels: Mapping[str, str], settings: IntakeSettings) -> Rows:
    """Outcomes of the rows that have a label; a row without one was not inspected, as far as is known."""
    columns, faults = _labels(frame, labels, len(items.lines))
    columns |= {name: items.columns[name] for name in ("declaration_id", "item_no", "version")}
    columns["result_at"] = _results(items.columns["customs_date"], settings)
    columns["selection_reason"] = np.full(len(items.lines), SelectionReason.LEGACY.value, dtype=object)
    columns["finding"] = _findings(columns["illicit"])
    has_label = ~np.isnan(columns["illicit"])
    has_label[[fault.row for fault in faults]] = True
    at = np.flatnonzero(has_label)
    moved = {int(row): place for place, row in enumerate(at)}
    return Rows(
        complete_outcomes(take(columns, at), settings.time_zone),
        items.lines[at],
        tuple(Unreadable(moved[fault.row], fault.field, fault.value, fault.rule) for fault in faults),
    )


def _labels(frame: pl.DataFrame, labels: Mapping[str, str], rows: int) -> tuple[Columns, list[Unreadable]]:
    columns: Columns = {}
    faults: list[Unreadable] = []
    for outcome in OUTCOME_FIELDS:
        series = (
            frame[outcome.name] if outcome.name in labels.values() and outcome.name in frame.columns else None
        )
        if series is not None and len(series) < rows:
            series = series.extend_constant(None, rows - len(series))
        columns[outcome.name], bad = raw_column(series, outcome, "UTC", rows)
        faults += bad
    return columns, faults


def _results(customs_date: NDArray[np.int32], settings: IntakeSettings) -> NDArray[np.int64]:
    days, index = np.unique(customs_date, return_inverse=True)
    results = [_result(int(day), settings) for day in days]
    return np.array(results, np.int64)[index]


def _result(day: int, settings: IntakeSettings) -> int:
    if day == NO_DAY:
        return NO_INSTANT
    return midnight_of(date_of(day + settings.label_delay_days), settings.time_zone)


def _findings(illicit: NDArray[np.float64]) -> NDArray[Any]:
    return np.where(illicit == 1, Finding.OTHER.value, Finding.NONE.value).astype(object)
