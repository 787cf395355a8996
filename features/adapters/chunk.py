"""What every adapter gives: chunks of canonical rows with their lines and what could not be read in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import Field
from features.adapters.raw_batch import RawBatch
from features.columns import Columns, Unreadable
from features.errors import MissingColumnsError
from features.raw_values import raw_column
from features.settings import IntakeSettings
from features.values import MALFORMED

_REMEDY = "check the file and its format (--format)"


@dataclass(frozen=True)
class Rows:
    """Canonical columns, the line of each row in its file, and what in them could not be read.

    A malformed row stands last, without any value, unreadable as a whole (field "").
    """

    columns: Columns
    lines: NDArray[np.int64]
    unreadable: tuple[Unreadable, ...]


@dataclass(frozen=True)
class RawChunk:
    """A chunk of a file: goods items, the outcomes beside them if there are any, columns nobody knows.

    `done` of `total` tells how far the file was read, in bytes or rows.
    """

    items: Rows
    outcomes: Rows | None
    unknown_columns: tuple[str, ...]
    done: int
    total: int


class Adapter(Protocol):
    """A format of declarations. Chunks are read when asked for, so that memory is bounded."""

    @property
    def name(self) -> str:
        """Name of the format."""
        ...

    def check(self, path: Path) -> None:
        """Raise UnreadableFileError or MissingColumnsError if the file cannot be of this format."""
        ...

    def read(self, path: Path, settings: IntakeSettings) -> Iterator[RawChunk]:
        """Chunks of at most `settings.chunk_rows` rows."""
        ...


def read_rows(batch: RawBatch, frame: pl.DataFrame, fields: Sequence[Field], time_zone: str) -> Rows:
    """The named fields of a frame that has them under canonical names; others are missing."""
    bad = batch.malformed
    if bad:
        frame = pl.concat([frame, frame.clear(len(bad))])
    unreadable = [
        Unreadable(batch.frame.height + row, "", damage.text, MALFORMED) for row, damage in enumerate(bad)
    ]
    columns: Columns = {}
    for field in fields:
        series = frame[field.name] if field.name in frame.columns else None
        columns[field.name], faults = raw_column(series, field, time_zone, frame.height)
        unreadable += faults
    lines = np.concatenate([batch.lines, np.array([damage.line for damage in bad], np.int64)])
    return Rows(columns, lines, tuple(unreadable))


def require(path: Path, names: Sequence[str], required: Sequence[str], otherwise: str = _REMEDY) -> None:
    """Raise MissingColumnsError, with the nearest name there is, if a required column is not among the names.

    `otherwise` is the remedy where no name is near.

    >>> require(Path("a.csv"), ["Date", "Office"], ["Date", "Office ID"])
    Traceback (most recent call last):
    features.errors.MissingColumnsError: a.csv has no column 'Office ID'
    """
    absent = [name for name in required if name not in names]
    if not absent:
        return
    near = [(name, get_close_matches(name, names, 1, 0.6)) for name in absent]
    hints = [f"'{found[0]}' may be meant for '{name}'" for name, found in near if found]
    named = ", ".join(f"'{name}'" for name in absent)
    raise MissingColumnsError(
        f"{path.name} has no column {named}",
        remedy="; ".join(hints) if hints else otherwise,
    )
