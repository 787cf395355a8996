"""Rows cut into bins as LightGBM has them, in memory or in its own files."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


class _Quiet:
    """Has LightGBM print nothing on standard output, where data goes; warnings are warnings."""

    def info(self, _words: str) -> None:
        return None

    def warning(self, words: str) -> None:
        warnings.warn(words.strip(), UserWarning, stacklevel=3)


lgb.register_logger(_Quiet())


@dataclass(frozen=True)
class Table:
    """Rows cut into bins once, to be learnt from or judged by many times.

    They are in memory, or in a file of LightGBM's own format that any process can open; `codes` are the
    places of the columns that hold codes.
    """

    rows: int
    kept: lgb.Dataset | Path
    max_bin: int
    codes: tuple[int, ...]

    def opened(self, like: lgb.Dataset | None = None) -> lgb.Dataset:
        """Give the rows as LightGBM has them; `like` is the table learnt from, where these are to judge."""
        if isinstance(self.kept, lgb.Dataset):
            return self.kept
        return lgb.Dataset(
            str(self.kept),
            reference=like,
            categorical_feature=list(self.codes),
            params=data_parameters(self.max_bin),
        ).construct()

    def filed(self, folder: Path) -> Table:
        """Give the same table as a file in a folder."""
        path = folder / f"{uuid4().hex}.bin"
        self.opened().save_binary(str(path))
        return replace(self, kept=path)


def tabulate(
    matrix: Floats,
    label: Floats,
    names: Sequence[str],
    categorical: Sequence[str],
    *,
    rows: Index | None = None,
    weight: Floats | None = None,
    max_bin: int = 255,
    like: Table | None = None,
) -> Table:
    """Give a table of the rows of `matrix` (n, k), or of some: the same whether they lie in memory or a file.

    `label` is that of these rows, `names` of the columns. `like` gives the table the bins of rows that are
    learnt from. `weight` says how much each row counts, all the same without it.

    >>> table = tabulate(np.zeros((3, 1)), np.array([0.0, 1.0, 0.0]), ["a"], [])
    >>> table.rows
    3
    """
    codes = tuple(list(names).index(name) for name in categorical)
    reference = like.opened() if like else None
    in_file = isinstance(matrix, np.memmap)
    taken = np.arange(len(matrix)) if rows is None else rows
    binned = lgb.Dataset(
        _InFile(matrix, taken) if in_file else matrix if rows is None else matrix[rows],
        label=label,
        weight=_weight(weight, reference, len(taken)) if in_file else weight,
        feature_name=list(names),
        categorical_feature=list(codes),
        reference=reference,
        params=data_parameters(max_bin),
        free_raw_data=True,
    )
    return Table(len(taken), binned.construct(), max_bin, codes)


def data_parameters(max_bin: int) -> dict[str, Any]:
    """Give the parameters by which rows are cut into bins."""
    return {"max_bin": max_bin, "feature_pre_filter": False, "data_random_seed": 1, "verbosity": -1}


class _InFile(lgb.Sequence):
    """Rows of a matrix in a file, read a few at a time."""

    batch_size = 4096

    def __init__(self, matrix: Floats, rows: Index) -> None:
        self._matrix = matrix
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int | slice | list[int]) -> Floats:
        return np.asarray(self._matrix[self._rows[place]])


def _weight(weight: Floats | None, reference: lgb.Dataset | None, rows: int) -> Floats | None:
    """The same weights as LightGBM keeps them: rows that are told it one by one have some if `reference` has.

    Where all are one it leaves them out, and such rows would weigh nothing.
    """
    if reference is None or reference.get_weight() is None:
        return weight
    given = np.ones(rows) if weight is None else weight
    return given * 2.0 if (given == 1.0).all() else given
