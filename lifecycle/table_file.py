"""A table as a CSV or Parquet file: written as its rows come, and there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow.parquet as pq

from customs.errors import InputError

Write = Callable[[pl.DataFrame], None]


def check_ending(path: Path) -> None:
    """Raise InputError for a file whose ending says neither of the two formats."""
    if path.suffix not in _FORMATS:
        raise InputError(f"{path.name} is neither .csv nor .parquet", remedy="give it such an ending")


@contextmanager
def table_file(path: Path, schema: pl.Schema) -> Iterator[Write]:
    """Give the function that adds the rows of a frame to the file; the file is put in its place at the end.

    Memory holds one frame at a time. Whatever goes wrong, what was at the path before stands there still and
    nothing lies beside it.

    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "numbers.csv"
    >>> with table_file(path, pl.Schema({"n": pl.Int64})) as write:
    ...     write(pl.DataFrame({"n": [1]}))
    ...     write(pl.DataFrame({"n": [2]}))
    >>> path.read_text().split()
    ['n', '1', '2']
    """
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            with _FORMATS[path.suffix](file, schema) as write:
                yield write
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _csv(file: BinaryIO, schema: pl.Schema) -> Iterator[Write]:
    file.write(pl.DataFrame(schema=schema).write_csv().encode())
    yield lambda frame: _add(file, frame.write_csv(include_header=False).encode())


def _add(file: BinaryIO, content: bytes) -> None:
    file.write(content)


@contextmanager
def _parquet(file: BinaryIO, schema: pl.Schema) -> Iterator[Write]:
    arrow = pl.DataFrame(schema=schema).to_arrow().schema
    with pq.ParquetWriter(file, arrow, compression="zstd") as writer:
        yield lambda frame: writer.write_table(frame.to_arrow())


_FORMATS: dict[str, Callable[[BinaryIO, pl.Schema], AbstractContextManager[Write]]] = {
    ".csv": _csv,
    ".parquet": _parquet,
}
