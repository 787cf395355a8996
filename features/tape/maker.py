"""What makes the matrix: the tape of feature functions, or the functions themselves where it is not exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, Values, missing_text, rows, take, text_lengths
from features.definitions.code_values import Numbering, code_numbers, numberings
from features.definitions.feature import Floats, Function, Inputs
from features.lines import Lines
from features.reference.tables import KNOWN_NAMES
from features.tape.tape import Tape
from features.tape.tracing import CODE, COLUMN, DIFFER, LENGTH, MISSING, RUN, traced

Wide = NDArray[np.int64]
_CHUNK = 8_192
"""Rows made at a time, which bounds the memory of what lies between."""

_KINDS = (CODE, COLUMN, DIFFER, LENGTH, MISSING, RUN)


@dataclass(frozen=True)
class Maker:
    """Makes one column of each function, by a tape that is traced once, at first need.

    >>> maker = Maker((lambda inputs: inputs.number("cif") * 2,), {}, {})
    >>> maker.matrix({"cif": np.array([1.5, np.nan])}, {})
    array([[ 3.],
           [nan]])
    """

    functions: tuple[Function, ...]
    strengths: Mapping[str, float]
    vocabularies: Mapping[str, Mapping[Any, float]]

    def matrix(self, columns: Columns, history: Values) -> Floats:
        """Give the matrix (rows, functions): what `plain` gives, to the bit."""
        matrix = np.empty((rows(columns), len(self.functions)), np.float64)
        if len(matrix) <= _CHUNK:
            self._fill(matrix, columns, history)
        else:
            for start in range(0, len(matrix), _CHUNK):
                part = slice(start, start + _CHUNK)
                self._fill(matrix[part], take(columns, part), take(history, part))
        return matrix

    def plain(self, columns: Columns, history: Values) -> Floats:
        """Give what the functions give as NumPy, one NaN for all: its sign says nothing."""
        lines = self._run(range(len(self.functions)), columns, history)
        matrix = np.concatenate(lines, dtype=np.float64).reshape(len(lines), -1).T
        return np.where(np.isnan(matrix), np.nan, matrix)

    @cached_property
    def tape(self) -> Tape:
        """The tape of the functions."""
        return traced(self.functions, self.strengths)

    def _fill(self, matrix: Floats, columns: Columns, history: Values) -> None:
        wholes, places = self._wholes(history, len(matrix))
        exact = wholes.dtype == np.int64
        if not (exact and self.tape.run(self.numbers(columns, history), wholes, places, matrix)):
            matrix[:] = self.plain(columns, history)

    def numbers(self, columns: Columns, history: Values) -> Floats:
        """Inputs of the tape that are no history values, (names, rows), in the order of the tape."""
        of = self._names
        lines = [
            code_numbers(columns, self._codes),
            *[columns[name] for name in of[COLUMN]],
            *[columns[one] != columns[other] for one, other in of[DIFFER]],
            *[text_lengths(columns[name]) for name in of[LENGTH]],
            missing_text(np.concatenate([_NO_TEXT, *[columns[name] for name in of[MISSING]]])),
            *self._run(of[RUN], columns, history),
        ]
        return np.concatenate(lines, dtype=np.float64).reshape(len(self.tape.numbers), rows(columns))

    def _wholes(self, history: Values, count: int) -> tuple[Wide, Wide]:
        """History values, (names, rows), and which lines of them the tape reads."""
        if isinstance(history, Lines) and history.names is KNOWN_NAMES:
            return history.whole, self._places
        lines = [history[name] for _, name in self.tape.wholes]
        whole = np.concatenate(lines) if lines else np.empty(0, np.int64)
        return whole.reshape(len(lines), count), self._straight

    def _run(self, places: Sequence[int], columns: Columns, history: Values) -> list[NDArray[Any]]:
        """What the functions at these places give."""
        if not places:
            return []
        inputs = Inputs(columns, history, self.strengths, self.vocabularies)
        with np.errstate(all="ignore"):
            return [self.functions[place](inputs) for place in places]

    @cached_property
    def _names(self) -> dict[str, list[Any]]:
        """By kind of input: what they are of."""
        return {kind: [name for of, name in self.tape.numbers if of == kind] for kind in _KINDS}

    @cached_property
    def _codes(self) -> list[Numbering]:
        return numberings(self.vocabularies, self._names[CODE])

    @cached_property
    def _places(self) -> Wide:
        return np.array([KNOWN_NAMES.index(name) for _, name in self.tape.wholes], np.int64)

    @cached_property
    def _straight(self) -> Wide:
        return np.arange(len(self.tape.wholes))


_NO_TEXT = np.empty(0, object)
