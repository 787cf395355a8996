"""Intake: files, and what came by the API, checked and put into the lake; the refused into quarantine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import polars as pl

from customs.declaration import KEY
from features.adapters import ADAPTERS, Adapter, RawChunk, Rows
from features.adapters.mapping_adapter import MappingAdapter
from features.adapters.outcomes import open_outcomes, read_outcomes
from features.columns import Columns, Unreadable, rows, take, to_frame
from features.errors import UnknownFormatError
from features.intake_report import Counts, IntakeReport, Told
from features.intake_tally import Tally
from features.lake import Appended, Lake
from features.outcome_columns import outcomes_to_frame
from features.quarantine import Quarantine
from features.settings import IntakeSettings
from features.validation import validate
from features.validation_judgement import REPETITION, conflict_of
from features.validation_outcome import validate_outcomes
from features.validation_rule import Mask

Progress = Callable[[str, int, int], None]

_MAPPING_FILES = (".yaml", ".yml")


def silent(label: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def ingest(
    paths: Sequence[Path],
    *,
    format: str,  # noqa: A002
    lake: Lake,
    quarantine: Path,
    settings: IntakeSettings,
    now: datetime,
    outcomes: Path | None = None,
    progress: Progress = silent,
) -> IntakeReport:
    """Take files of declarations, and a file of outcomes, into the lake; the report says what became of them.

    All paths are looked at before anything is taken. Rows are read, checked and added a chunk at a time, so
    memory does not grow with the file; a run that was killed can be run again. Raises UnreadableFileError,
    MissingColumnsError, UnknownFormatError (nothing is taken), LakeBusyError, WriteFailedError.
    """
    adapter = adapter_of(format)
    for path in paths:
        adapter.check(path)
    if outcomes is not None:
        open_outcomes(outcomes)
    with lake.writing(), Quarantine(quarantine, now) as kept:
        intake = _Intake(lake, kept, settings, now)
        for path in paths:
            for chunk in adapter.read(path, settings):
                intake.take(chunk, path.name)
                progress(path.name, chunk.done, chunk.total)
        if outcomes is not None:
            for part in read_outcomes(outcomes, settings):
                intake.tally.unknown.update(part.unknown_columns)
                intake.take_outcomes(part.outcomes, outcomes.name)
                progress(outcomes.name, part.done, part.total)
    files = tuple(path.name for path in (*paths, *([outcomes] if outcomes else [])))
    return replace(intake.tally.report(files, _name(kept)), told=_told(adapter))


def accept(
    columns: Columns,
    *,
    lake: Lake,
    quarantine: Path,
    settings: IntakeSettings,
    now: datetime,
    unreadable: tuple[Unreadable, ...] = (),
    source: str = "api",
) -> IntakeReport:
    """Take items that are columns already (the API's road): the same checks, the same lake, the same report.

    `source` stands for the file name in report and quarantine; lines count the rows from 1.
    """
    with lake.writing(), Quarantine(quarantine, now) as kept:
        intake = _Intake(lake, kept, settings, now)
        intake.take_items(Rows(columns, _numbered(columns), unreadable), source)
    return intake.tally.report((source,), _name(kept))


def accept_outcomes(
    columns: Columns,
    *,
    lake: Lake,
    quarantine: Path,
    settings: IntakeSettings,
    now: datetime,
    unreadable: tuple[Unreadable, ...] = (),
    source: str = "api",
) -> IntakeReport:
    """Take outcomes that are columns already (`outcomes_from_records`); otherwise as `accept`."""
    with lake.writing(), Quarantine(quarantine, now) as kept:
        intake = _Intake(lake, kept, settings, now)
        intake.take_outcomes(Rows(columns, _numbered(columns), unreadable), source)
    return intake.tally.report((source,), _name(kept))


def adapter_of(name: str) -> Adapter:
    """The adapter of a format: a name, or the path of a mapping file (.yaml).

    Raises UnknownFormatError with the nearest name. A mapping file is read when the adapter is first used.

    >>> adapter_of("kcs").name, adapter_of("configs/sources/ours.yaml").name
    ('kcs', 'ours')
    """
    if name in ADAPTERS:
        return ADAPTERS[name]
    path = Path(name)
    if path.suffix in _MAPPING_FILES:
        return MappingAdapter(path)
    near = get_close_matches(name, ADAPTERS, 1)
    known = ", ".join(sorted(ADAPTERS))
    raise UnknownFormatError(
        f"there is no format '{name}'",
        remedy=(f"did you mean '{near[0]}'? " if near else f"use one of {known}; ")
        + "a mapping file is named with its ending, as in configs/sources/NAME.yaml",
    )


@dataclass
class _Intake:
    lake: Lake
    quarantine: Quarantine
    settings: IntakeSettings
    now: datetime
    tally: Tally = field(default_factory=Tally)

    def take(self, chunk: RawChunk, source: str) -> None:
        """Items of a chunk, then the outcomes beside those that were not refused."""
        self.tally.unknown.update(chunk.unknown_columns)
        refused = self.take_items(chunk.items, source)
        if chunk.outcomes is not None:
            lines = chunk.items.lines[refused]
            self.take_outcomes(_without(chunk.outcomes, lines), source)

    def take_items(self, items: Rows, source: str) -> Mask:
        """Check and add items; True for those that were refused."""
        verdict = validate(items.columns, self.settings, self.now, unreadable=items.unreadable)
        self.quarantine.add(source, "items", verdict.breaches, items.lines)
        columns = items.columns | {"warnings": verdict.warnings}
        at = np.flatnonzero(~verdict.refused & ~verdict.repeated)
        standing = take(columns, at)
        appended = self.lake.append_items(_numbered_frame(to_frame(standing), at))
        conflicts = self._conflicts(appended, items, source, "items")
        counts = _counts(len(items.lines), verdict.repeated, appended)
        self.tally.count("items", counts, _and_conflicts(verdict.broken, conflicts))
        refused = verdict.refused.copy()
        refused[conflicts] = True
        self.tally.look(items.columns["customs_date"][~refused], items.columns["cif"][~refused])
        return refused

    def take_outcomes(self, outcomes: Rows, source: str) -> None:
        """Check and add outcomes."""
        verdict = validate_outcomes(outcomes.columns, self.settings, self.now, unreadable=outcomes.unreadable)
        self.quarantine.add(source, "outcomes", verdict.breaches, outcomes.lines)
        at = np.flatnonzero(~verdict.refused & ~verdict.repeated)
        frame = outcomes_to_frame(take(outcomes.columns, at))
        appended = self.lake.append_outcomes(_numbered_frame(frame, at))
        conflicts = self._conflicts(appended, outcomes, source, "outcomes")
        counts = _counts(len(outcomes.lines), verdict.repeated, appended)
        self.tally.count("outcomes", counts, _and_conflicts(verdict.broken, conflicts))

    def _conflicts(self, appended: Appended, taken: Rows, source: str, table: str) -> list[int]:
        """Rows that the lake refused, after they were written to quarantine."""
        at: list[int] = appended.refused["row"].to_list()
        keys = appended.refused[KEY[0]].to_list()
        breaches = [conflict_of(row, key) for row, key in zip(at, keys, strict=True)]
        self.quarantine.add(source, table, breaches, taken.lines)
        return at


def _counts(count: int, repeated: Mask, appended: Appended) -> Counts:
    again = int(np.count_nonzero(repeated)) + appended.repeated
    return Counts(count, appended.added, again, count - appended.added - again)


def _and_conflicts(broken: dict[str, int], conflicts: list[int]) -> dict[str, int]:
    if not conflicts:
        return broken
    return broken | {REPETITION.name: broken.get(REPETITION.name, 0) + len(conflicts)}


def _without(outcomes: Rows, lines: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Rows:
    """Outcomes without those of certain lines, whose items were refused."""
    keep = ~np.isin(outcomes.lines, lines)
    place = np.cumsum(keep) - 1
    unreadable = tuple(
        Unreadable(int(place[fault.row]), fault.field, fault.value, fault.rule)
        for fault in outcomes.unreadable
        if keep[fault.row]
    )
    return Rows(take(outcomes.columns, keep), outcomes.lines[keep], unreadable)


def _numbered_frame(frame: pl.DataFrame, at: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.DataFrame:
    return frame.with_columns(pl.Series("row", at, pl.Int64))


def _numbered(columns: Columns) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(1, rows(columns) + 1, dtype=np.int64)


def _told(adapter: Adapter) -> Told | None:
    if not isinstance(adapter, MappingAdapter):
        return None
    said = adapter.mapping
    return Told(said.title, said.source, said.licence, said.unusual)


def _name(quarantine: Quarantine) -> str | None:
    return None if quarantine.path is None else str(quarantine.path)
