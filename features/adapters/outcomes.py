"""Files of outcomes, under the names of the canonical outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from customs.outcome import OUTCOME_FIELDS
from features.adapters.chunk import Rows, read_rows, require
from features.adapters.source import Source, open_source
from features.outcome_columns import complete_outcomes
from features.settings import IntakeSettings

_NAMES = frozenset(field.name for field in OUTCOME_FIELDS)
_REQUIRED = tuple(field.name for field in OUTCOME_FIELDS if field.required)


@dataclass(frozen=True)
class OutcomeChunk:
    """A chunk of a file of outcomes, and its columns that nobody knows; `done` of `total` as in RawChunk."""

    outcomes: Rows
    unknown_columns: tuple[str, ...]
    done: int
    total: int


def read_outcomes(path: Path, settings: IntakeSettings) -> Iterator[OutcomeChunk]:
    """Chunks of a CSV or Parquet file of outcomes, read when asked for.

    >>> next(read_outcomes(Path("nowhere.csv"), IntakeSettings()))
    Traceback (most recent call last):
    features.errors.UnreadableFileError: there is no file nowhere.csv
    """
    source = open_outcomes(path)
    unknown = tuple(name for name in source.names if name not in _NAMES and name != "known_date")
    for batch in source.batches(settings.chunk_rows):
        rows = read_rows(batch, batch.frame, OUTCOME_FIELDS, settings.time_zone)
        outcomes = Rows(complete_outcomes(rows.columns, settings.time_zone), rows.lines, rows.unreadable)
        yield OutcomeChunk(outcomes, unknown, batch.done, batch.total)


def open_outcomes(path: Path) -> Source:
    """The source of a file of outcomes; raises UnreadableFileError or MissingColumnsError."""
    source = open_source(path)
    require(path, source.names, _REQUIRED)
    return source
