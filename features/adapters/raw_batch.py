"""A batch of rows as a source gives them, before any adapter has named their columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True)
class Malformed:
    """A row that could not be split into columns: its line, and the start of its text."""

    line: int
    text: str


@dataclass(frozen=True)
class RawBatch:
    """Rows under the names of the source, their line numbers (n,), and what was malformed among them.

    `done` of `total` tells how far the file was read, in bytes or rows.
    """

    frame: pl.DataFrame
    lines: NDArray[np.int64]
    malformed: tuple[Malformed, ...]
    done: int
    total: int
