"""Intake of reference tables: a file checked and put into the store; the refused rows into quarantine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from features.adapters.chunk import Rows, read_rows, require
from features.adapters.raw_batch import RawBatch
from features.adapters.source import Source, open_source
from features.columns import Columns, rows, take, to_series
from features.intake_report import Counts
from features.local_time import NO_INSTANT, instant_of, local_days
from features.quarantine import Quarantine
from features.reference.errors import ProvenanceError
from features.reference.kind import Privacy, ReferenceKind
from features.reference.open_end import open_ended
from features.reference.schema import KNOWN_DATE, schema_of
from features.reference.store import TOLD, ReferenceStore
from features.reference.token import Tokens
from features.reference.validation import rules_of
from features.settings import IntakeSettings
from features.validation_judgement import Breach, breaches_of
from features.validation_rule import Context

Progress = Callable[[str, int, int], None]

CONFLICT = "same_row_with_other_content"
_OTHER_NAMES = (
    "check that the file is of this --kind; where its columns have other names, --mapping NAME=COLUMN each"
)
_REMEDY = "give what replaces a row a later known_from; where two sources differ, keep one"


def silent(label: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Provenance:
    """Where a file comes from: what its rows say of themselves goes first. Instants are microseconds."""

    source: str | None = None
    licence: str | None = None
    retrieved_at: int | None = None


@dataclass(frozen=True)
class AddReport:
    """What became of the rows of a file: counts, the rules broken with how many rows, unknown columns."""

    kind: str
    file: str
    counts: Counts
    rules: Mapping[str, int]
    unknown_columns: tuple[str, ...]
    quarantine: str | None

    @property
    def all_refused(self) -> bool:
        """True if there were rows and not one could be taken."""
        return self.counts.rows > 0 and self.counts.refused == self.counts.rows

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return asdict(self) | {"all_refused": self.all_refused}


def add(
    path: Path,
    kind: ReferenceKind,
    store: ReferenceStore,
    *,
    quarantine: Path,
    settings: IntakeSettings,
    now: datetime,
    tokens: Tokens,
    provenance: Provenance = Provenance(),
    mapping: Mapping[str, str] | None = None,
    progress: Progress = silent,
) -> AddReport:
    """Take a CSV or Parquet file into the store; the report says what became of its rows.

    `mapping` gives the file's name of a column where it is not ours. A row without retrieved_at was fetched
    now, one without known_from was known when it was fetched. Raises UnreadableFileError,
    MissingColumnsError, ProvenanceError (nothing is taken), LakeBusyError, WriteFailedError.
    """
    source = open_source(path)
    names = _names(path, source, kind, provenance, mapping or {})
    with store.writing(), Quarantine(quarantine, now) as kept:
        intake = _Intake(kind, store, kept, settings, instant_of(now), tokens, provenance)
        for batch in source.batches(settings.chunk_rows):
            intake.take(batch, open_ended(batch.frame.rename(names)), path.name)
            progress(path.name, batch.done, batch.total)
    known = {column.name for column in kind.columns}
    unknown = tuple(
        sorted(names.get(name, name) for name in source.names if names.get(name, name) not in known)
    )
    where = None if kept.path is None else str(kept.path)
    return AddReport(kind.name, path.name, intake.counts, dict(intake.broken), unknown, where)


def _names(
    path: Path, source: Source, kind: ReferenceKind, provenance: Provenance, mapping: Mapping[str, str]
) -> dict[str, str]:
    """New names of the file's columns, once all that is required is there."""
    ours = [column.name for column in kind.columns]
    for name, theirs in mapping.items():
        if name not in ours:
            raise ProvenanceError(
                f"'{name}' is no column of {kind.name}", remedy=f"map to one of {', '.join(ours)}"
            )
        require(path, source.names, [theirs], "check the file, its --kind and its --mapping")
    names = {theirs: name for name, theirs in mapping.items()}
    taken = {name: f"{name} of the file" for name in mapping if name in source.names and name not in names}
    names = taken | names
    there = [names.get(name, name) for name in source.names]
    for name in ("source", "licence"):
        if name not in there and getattr(provenance, name) is None:
            raise ProvenanceError(
                f"{path.name} does not say its {name}",
                remedy=f"name it with --{name}, or in a column '{name}'",
            )
    said = {"source", "licence"}
    needed = [one.name for one in kind.columns if one.required and one.name not in said]
    require(path, there, needed, _OTHER_NAMES)
    return names


@dataclass
class _Intake:
    kind: ReferenceKind
    store: ReferenceStore
    quarantine: Quarantine
    settings: IntakeSettings
    now: int
    tokens: Tokens
    provenance: Provenance
    counts: Counts = field(default_factory=Counts)
    broken: Counter[str] = field(default_factory=Counter)

    def take(self, batch: RawBatch, frame: pl.DataFrame, file: str) -> None:
        """Check the rows of a batch and add those that stand."""
        read = read_rows(batch, frame, self.kind.columns, self.settings.time_zone)
        told = read.columns["known_from"] != NO_INSTANT
        columns = self._complete(read.columns)
        breaches = breaches_of(columns, rules_of(self.kind), self._context(read))
        standing = np.ones(rows(columns), np.bool_)
        standing[[breach.row for breach in breaches]] = False
        at = np.flatnonzero(standing)
        taken = self._frame(take(columns, at)).with_columns(
            pl.Series(TOLD, told[at]), pl.Series("row", at, pl.Int64)
        )
        appended = self.store.append(self.kind, taken)
        breaches += [_conflict(row, self.kind, columns) for row in appended.refused["row"].to_list()]
        self.quarantine.add(file, self.kind.name, map(self._blank, breaches), read.lines)
        refused = len({breach.row for breach in breaches})
        self.counts += Counts(rows(columns), appended.added, appended.repeated, refused)
        self.broken.update(rule for _, rule in sorted({(breach.row, breach.rule) for breach in breaches}))

    def _context(self, read: Rows) -> Context:
        return Context(self.settings, self.now, unreadable=read.unreadable)

    def _complete(self, columns: Columns) -> Columns:
        """The columns with what the file does not say filled in."""
        said = self.provenance
        fetched = self.now if said.retrieved_at is None else said.retrieved_at
        retrieved = np.where(columns["retrieved_at"] == NO_INSTANT, fetched, columns["retrieved_at"])
        known = columns["known_from"]
        texts = {
            name: np.where(
                np.equal(columns[name], np.array(None)), np.array(default, dtype=object), columns[name]
            )
            for name, default in (("source", said.source), ("licence", said.licence))
        }
        withdrawn = np.nan_to_num(columns["withdrawn"])
        known = np.where(known == NO_INSTANT, retrieved, known)
        return columns | texts | {"retrieved_at": retrieved, "known_from": known, "withdrawn": withdrawn}

    def _frame(self, columns: Columns) -> pl.DataFrame:
        """The frame of rows that stand: days as local dates, addresses as tokens."""
        zone, schema = self.settings.time_zone, schema_of(self.kind)
        held = columns | {
            one.name: local_days(columns[one.name], zone) for one in self.kind.columns if one.day
        }
        hidden = [one.name for one in self.kind.columns if one.privacy is Privacy.TOKEN]
        held |= {name: self.tokens.replace(columns[name]) for name in hidden}
        held[KNOWN_DATE] = local_days(columns["known_from"], zone)
        return pl.DataFrame([to_series(name, held[name], schema[name]) for name in schema])

    def _blank(self, breach: Breach) -> Breach:
        """The breach without a value of which only a token may be kept."""
        hidden = {one.name for one in self.kind.columns if one.privacy is Privacy.TOKEN}
        return replace(breach, value="") if breach.field in hidden | {""} and hidden else breach


def _conflict(row: int, kind: ReferenceKind, columns: Columns) -> Breach:
    name = kind.key[0].name
    return Breach(row, name, str(columns[name][row])[:200], CONFLICT, _REMEDY)
