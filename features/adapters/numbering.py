"""Numbers of the items in a declaration, where the source only repeats the declaration."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.raw_values import stripped


class Numbering:
    """Counts rows of one declaration that follow each other, from 1, on across batches.

    Where a declaration comes back later it is the same one again, counted anew.

    >>> count = Numbering()
    >>> count(pl.Series(["A", "A", "B"])).to_list(), count(pl.Series(["B", "A"])).to_list()
    ([1, 2, 1], [2, 1])
    """

    def __init__(self) -> None:
        self._last: str | None = None
        self._count = 0

    def __call__(self, declarations: pl.Series) -> pl.Series:
        """The number of each row."""
        if declarations.is_empty():
            return pl.Series([], dtype=pl.Int64)
        declarations = stripped(declarations, "declaration_id")
        runs = declarations.rle_id().to_numpy()
        at = np.arange(len(runs))
        begins = np.concatenate([[True], runs[1:] != runs[:-1]])
        numbers = at - np.maximum.accumulate(np.where(begins, at, 0)) + 1
        if declarations[0] == self._last:
            numbers[runs == 0] += self._count
        self._last, self._count = declarations[-1], int(numbers[-1])
        return pl.Series(numbers, dtype=pl.Int64)
