"""What is too large for memory, laid in files row by row and read as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, rows, take
from features.dataset import Dataset, Remembering
from features.recipe import Recipe
from training.settings import TrainingSettings

Floats = NDArray[np.float64]
Index = NDArray[np.int64]

PART = 20_000
"""Rows that are in memory at once."""


@contextmanager
def learning_folder(settings: TrainingSettings) -> Iterator[Path | None]:
    """Give a new folder for what is learnt from, which goes with this; None where all of it is in memory."""
    if not settings.in_files:
        yield None
        return
    with TemporaryDirectory(prefix="tamiz-learning-", dir=settings.learning_folder) as name:
        yield Path(name)


def matrix_of(data: Dataset, recipe: Recipe, folder: Path | None) -> Floats:
    """Give the matrix of a data set, in memory or in a file of the folder."""
    if folder is None:
        return recipe.matrix(data.columns, data.history)
    return _laid(
        folder,
        len(data),
        lambda at: recipe.matrix(take(data.columns, at), take(data.history, at)),
    )


@dataclass(frozen=True)
class InFile:
    """A history whose answers lie in a file of the folder, and need no memory."""

    history: Remembering
    folder: Path

    def as_of(self, columns: Columns) -> Columns:
        """Give the values of each row as of its customs_date; rows come in the order of the days."""
        first = self.history.as_of(take(columns, slice(0, 1)))
        laid = _laid(self.folder, rows(columns), lambda at: self._part(columns, at, first))
        return {name: laid[:, place] for place, name in enumerate(first)}

    def _part(self, columns: Columns, at: Index, names: Columns) -> NDArray[Any]:
        values = self.history.as_of(take(columns, at))
        return np.column_stack([values[name] for name in names])


def with_column(matrix: Floats, column: Floats, folder: Path | None) -> Floats:
    """Give a matrix (n, k) with one more column (n,), in memory or in a file of the folder."""
    if folder is None:
        return np.column_stack([matrix, column])
    return _laid(folder, len(matrix), lambda at: np.column_stack([matrix[at], column[at]]))


def by_parts(
    of: Callable[[Floats], Floats], matrix: Floats, chosen: Index, column: Floats | None = None
) -> Floats:
    """Give what a function makes of rows of a matrix, of which few are in memory at once.

    `column` (n,) is one more of all rows.

    >>> by_parts(lambda rows: rows[:, 0], np.array([[1.0], [2.0], [3.0]]), np.array([2, 0])).tolist()
    [3.0, 1.0]
    """
    parts = [chosen[start : start + PART] for start in range(0, max(len(chosen), 1), PART)]
    if column is None:
        return np.concatenate([of(matrix[at]) for at in parts])
    return np.concatenate([of(np.column_stack([matrix[at], column[at]])) for at in parts])


def _laid(folder: Path, count: int, part: Callable[[Index], NDArray[Any]]) -> NDArray[Any]:
    """Write rows part by part, and give them as they lie there."""
    path = folder / f"{uuid4().hex}.rows"
    with path.open("wb") as file:
        for start in range(0, max(count, 1), PART):
            made = part(np.arange(start, min(start + PART, count)))
            file.write(np.ascontiguousarray(made).tobytes())
    if not count:
        return made
    return np.memmap(path, made.dtype, mode="r", shape=(count, made.shape[1]))
