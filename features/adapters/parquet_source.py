"""Parquet files, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from features.adapters.raw_batch import RawBatch
from features.errors import UnreadableFileError

MAGIC = b"PAR1"


class ParquetSource:
    """The rows of a Parquet file, numbered from 1. A damaged file is refused with its remedy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self.names: tuple[str, ...] = tuple(file.schema_arrow.names)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged() from error
        if len(set(self.names)) < len(self.names):
            raise UnreadableFileError(
                f"{path.name} has several columns of one name", remedy="give each column its own name"
            )

    def batches(self, rows: int) -> Iterator[RawBatch]:
        """Batches of at most so many rows, read when asked for."""
        done = 0
        try:
            with pq.ParquetFile(self._path, pre_buffer=False) as file:
                total = file.metadata.num_rows
                for batch in file.iter_batches(batch_size=rows):
                    batch.validate(full=True)  # texts that are no UTF-8 would end the process in polars
                    frame = pl.DataFrame(pl.from_arrow(batch))
                    lines = np.arange(done + 1, done + 1 + frame.height, dtype=np.int64)
                    done += frame.height
                    yield RawBatch(frame, lines, (), done, total)
        except (pa.ArrowException, OSError) as error:
            raise self._damaged() from error

    def _damaged(self) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self._path.name} is a damaged or truncated Parquet file",
            remedy="copy it again from its source; what was taken from it before adds nothing twice",
        )
