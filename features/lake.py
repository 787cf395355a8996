"""The lake: all accepted goods items and outcomes, as Parquet files by month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl

from customs.declaration import FIELDS
from customs.outcome import OUTCOME_FIELDS
from features.columns import SCHEMA
from features.errors import UnreadableFileError
from features.lake_files import only_writer
from features.lake_table import Appended, LakeTable
from features.local_time import next_month
from features.outcome_columns import OUTCOME_SCHEMA

__all__ = ["Appended", "Lake"]


class Lake:
    """Items by the month of customs_date and outcomes by the month of known_date, below one folder.

    A row is its (declaration_id, item_no, version): the same row again adds nothing, other content under the
    same key is refused. A later version of a declaration has the customs_date of the first, in whatever order
    they come, even if the first stands in one of the `earlier` lakes alone. Files are written whole and
    listed in a manifest that is replaced in one step, so that a reader sees a change entirely or not at all,
    and what a killed writer left is removed by the next one.

    >>> from tempfile import mkdtemp
    >>> from features.columns import from_records, to_frame
    >>> lake = Lake(Path(mkdtemp()))
    >>> item = {"declaration_id": "D1", "item_no": 1, "accepted_at": "2024-01-31"}
    >>> frame = to_frame(from_records([item]).columns)
    >>> lake.append_items(frame).added, lake.append_items(frame).added
    (1, 0)
    >>> lake.items(since=date(2024, 2, 1)).collect().height
    0
    """

    def __init__(self, root: Path, *, earlier: Sequence[Lake] = ()) -> None:
        self.root = root
        self._items: LakeTable = LakeTable(
            root / "items",
            FIELDS,
            SCHEMA,
            "customs_date",
            follows_first=True,
            earlier=[lake._items for lake in earlier],
        )
        self._outcomes = LakeTable(
            root / "outcomes", OUTCOME_FIELDS, OUTCOME_SCHEMA, "known_date", follows_first=False
        )
        self._tables = {"items": self._items, "outcomes": self._outcomes}
        self._held = False

    def append_items(self, frame: pl.DataFrame) -> Appended:
        """Add the rows of a canonical frame of items that are new; further columns are not kept.

        Raises LakeBusyError if another process writes, WriteFailedError if the disk takes no more.
        """
        with self.writing():
            return self._items.append(frame)

    def append_outcomes(self, frame: pl.DataFrame) -> Appended:
        """Add the rows of a canonical frame of outcomes that are new; otherwise as `append_items`."""
        with self.writing():
            return self._outcomes.append(frame)

    def items(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """Items, all versions, with customs_date in [since, until): columns of `features.columns.SCHEMA`."""
        last = None if until is None else f"{until - timedelta(days=1):%Y-%m}"
        frame = self._items.scan((None if since is None else f"{since:%Y-%m}", last))
        if since is not None:
            frame = frame.filter(pl.col("customs_date") >= since)
        return frame if until is None else frame.filter(pl.col("customs_date") < until)

    def months(self) -> list[tuple[date, date]]:
        """The months that hold items, in order: first day, and first day of the month that follows."""
        firsts = [date.fromisoformat(f"{month}-01") for month in self._items.months()]
        return [(first, next_month(first)) for first in firsts]

    def outcomes(self) -> pl.LazyFrame:
        """Outcomes, all versions: columns of `features.outcome_columns.OUTCOME_SCHEMA`."""
        return self._outcomes.scan()

    def parts(self) -> frozenset[str]:
        """Names of the files that hold the rows, below the folder; a file never changes."""
        return frozenset(f"{name}/{part}" for name, table in self._tables.items() for part in table.parts())

    def earliest(self, parts: Iterable[str]) -> date | None:
        """The earliest day on which a row of some files came to be known and to count; None without rows."""
        found = [
            self._tables[name].earliest(part)
            for name, _, part in (each.partition("/") for each in sorted(parts))
        ]
        return min((day for day in found if day is not None), default=None)

    def check(self, parts: Iterable[str] | None = None) -> None:
        """Raise UnreadableFileError if a file, of all or of some, is not to the byte what was written.

        Parquet does not tell: a changed bit may read as another value. A process reads a file for that once.
        One that a writer replaces meanwhile is passed over.
        """
        for each in sorted(self.parts() if parts is None else parts):
            name, _, part = each.partition("/")
            try:
                self._tables[name].check(part)
            except UnreadableFileError:
                if each in self.parts():
                    raise

    def fingerprint(self) -> str:
        """SHA-256 over the content of all rows: equal for equal content, whatever order it came in."""
        return sha256(self._items.fingerprint() + self._outcomes.fingerprint()).hexdigest()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the lake as its only writer, for several appends; LakeBusyError if another process does."""
        if self._held:
            yield
            return
        with only_writer(self.root):
            self._items.sweep()
            self._outcomes.sweep()
            self._held = True
            try:
                yield
            finally:
                self._held = False
