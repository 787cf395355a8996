"""Rows as Parquet files by month, written in the order of their days; the same rows give the same bytes."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from features.lake_files import to_disk, write_failed

AT_ONCE = 12_288
"""Rows that are written together, however many come at a time."""


class MonthFiles:
    """A folder of files `2024-01.parquet`, which takes the place of what was there when all is written.

    Whole numbers are packed by their differences, which is as small as compression makes them and quicker.
    Raises WriteFailedError if the disk takes no more; what was there before is there still.

    >>> from datetime import date
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp()) / "rows"
    >>> with MonthFiles(folder) as files:
    ...     files.write(pl.Series([date(2024, 1, 31), date(2024, 2, 1)]), pa.table({"n": [1, 2]}))
    >>> sorted(path.name for path in folder.iterdir())
    ['2024-01.parquet', '2024-02.parquet']
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._draft = folder.with_name(f".{folder.name}-{uuid4().hex}")
        self._month: str | None = None
        self._writer: pq.ParquetWriter | None = None
        self._held: list[pa.Table] = []

    def __enter__(self) -> MonthFiles:
        try:
            for left in self._folder.parent.glob(f".{self._folder.name}-*"):
                shutil.rmtree(left, ignore_errors=True)
            self._draft.mkdir(parents=True)
        except OSError as error:
            raise write_failed(self._folder, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._put_in_place()
        except OSError as failure:
            raise write_failed(self._folder, failure) from failure
        finally:
            self._let_go()

    def write(self, days: pl.Series, rows: pa.Table) -> None:
        """Add rows, whose days come in ascending order."""
        try:
            for month, start, length in _runs(days.dt.strftime("%Y-%m")):
                if month != self._month:
                    self._finish_month()
                    self._month = month
                self._held.append(rows.slice(start, length))
                self._flush(AT_ONCE)
        except OSError as error:
            raise write_failed(self._folder, error) from error

    def _flush(self, least: int) -> None:
        while self._held and sum(each.num_rows for each in self._held) >= least:
            whole = pa.concat_tables(self._held)
            self._put(whole.slice(0, AT_ONCE))
            self._held = [whole.slice(AT_ONCE)] if whole.num_rows > AT_ONCE else []

    def _put(self, table: pa.Table) -> None:
        if self._writer is None:
            whole = [field.name for field in table.schema if pa.types.is_int64(field.type)]
            self._writer = pq.ParquetWriter(
                self._draft / f"{self._month}.parquet",
                table.schema,
                compression="zstd" if len(whole) < table.num_columns else "none",
                use_dictionary=False,
                column_encoding=dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
            )
        self._writer.write_table(table, row_group_size=AT_ONCE)

    def _finish_month(self) -> None:
        self._flush(1)
        if self._writer is not None:
            self._writer.close()
            to_disk(self._draft / f"{self._month}.parquet")
        self._writer = None

    def _put_in_place(self) -> None:
        self._finish_month()
        to_disk(self._draft)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._draft.replace(self._folder)
        to_disk(self._folder.parent)

    def _let_go(self) -> None:
        """Close what a failure left open, though the disk take no more, and remove the draft."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
        shutil.rmtree(self._draft, ignore_errors=True)


def _runs(months: pl.Series) -> list[tuple[str, int, int]]:
    """Each month, the place where its rows begin, and how many there are."""
    runs = months.rle().struct.unnest()
    lengths = runs["len"].to_list()
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    return list(zip(runs["value"].to_list(), starts, lengths, strict=True))
