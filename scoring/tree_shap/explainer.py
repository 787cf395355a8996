"""Exact contributions of a model's columns to the score of a row, as LightGBM's `pred_contrib` gives them."""

from __future__ import annotations

from dataclasses import dataclass
from threading import local

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ColumnError
from scoring.tree_shap.adding import add_row, add_tile
from scoring.tree_shap.answering import TILE, answer_row, answer_tile
from scoring.tree_shap.arrays import Arrays, Floats, zeros
from scoring.tree_shap.forest import Forest
from scoring.tree_shap.groups import WIDTH, Joint, grouped
from scoring.tree_shap.leaves import leaves
from scoring.tree_shap.questions import ask
from scoring.tree_shap.tables import group_arrays
from scoring.tree_shap.tabulation import PARTS
from scoring.tree_shap.twigs import BLOCK, twig_arrays, twigs

MOST_LINES = 800_000
"""Lines of all tables of a model: 51 MB. Leaves beyond are worked out row by row."""

_FEW = 8
"""Rows from which on tiles are faster than row after row."""


@dataclass(frozen=True)
class Explainer:
    """The tables of a model, made once; safe to share between threads.

    A row gives the same bits alone and among a million.
    """

    columns: int
    classes: int
    _expected: Floats
    _asked: Arrays
    _added: Arrays
    _answers: int
    _depth: int
    _room: _Room

    @classmethod
    def of(cls, text: str, *, most_lines: int = MOST_LINES) -> Explainer:
        """Make the tables of a model from the native text that LightGBM wrote; it must be whole.

        ForestError where they cannot be made: for linear trees, and for splits without rows of training.
        """
        forest = Forest.of(text)
        questions, asked = ask(forest)
        joint = Joint(questions.count + 1)
        groups, deep = grouped(leaves(forest, asked), joint, most_lines)
        expected = _expected(forest)
        spare = expected.size - WIDTH
        answers = questions.count + 1 + len(joint.numbers)
        depth = max((len(leaf.conditions) for leaf in deep), default=1)
        return cls(
            columns=forest.columns,
            classes=forest.classes,
            _expected=expected,
            _asked=(*questions.arrays(), *joint.arrays()),
            _added=(*group_arrays(groups, spare), *twig_arrays(twigs(deep), spare)),
            _answers=answers,
            _depth=depth,
            _room=_Room(expected.size, answers, len(groups), depth),
        )

    @property
    def nbytes(self) -> int:
        """Bytes that the tables take."""
        return sum(array.nbytes for array in (self._expected, *self._asked, *self._added))

    def contributions(self, matrix: NDArray[np.floating]) -> Floats:
        """Give what each column adds to the raw score of each row, (n, columns + 1), class after class.

        The last column of a class is the mean score over the rows of training. All add up to the raw score.
        Source: Lundberg et al. 2020, Nature Machine Intelligence 2; how: docs/decisions/tree-shap.md.
        """
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.columns:
            raise ColumnError(
                f"the matrix has shape {rows.shape}, the model {self.columns} columns",
                remedy="build the matrix with the recipe of the same bundle",
            )
        found = np.empty((len(rows), self._expected.size - WIDTH))
        if len(rows) < _FEW:
            self._explain_rows(rows, found)
        else:
            self._explain_tiles(rows, found)
        return found

    def _explain_rows(self, rows: Floats, found: Floats) -> None:
        answers, room = self._room.answers, self._room.arrays
        for row, one in zip(rows, found, strict=True):
            answer_row(row, answers, *self._asked)
            add_row(answers, self._expected, one, *room, *self._added)

    def _explain_tiles(self, rows: Floats, found: Floats) -> None:
        answers = np.zeros((self._answers, TILE), dtype=np.uint8)
        held, line = np.empty((2, TILE), dtype=np.uint32), np.empty(TILE, dtype=np.uint8)
        value, room = zeros(2, TILE), zeros(PARTS, self._depth, TILE + WIDTH)
        total = np.empty((self._expected.size, TILE))
        for start in range(0, len(rows), TILE):
            part = rows[start : start + TILE]
            answer_tile(part, answers, value[0], *held, *self._asked)
            add_tile(
                answers, self._expected, found[start : start + TILE], total, line, value, room, *self._added
            )


class _Room(local):
    """Room for a row, of each thread its own."""

    def __init__(self, targets: int, answers: int, groups: int, depth: int) -> None:
        self.answers = np.zeros(answers, dtype=np.uint8)
        self.arrays: Arrays = (
            np.empty(targets),
            np.empty(groups, dtype=np.uint32),
            zeros(PARTS, depth, BLOCK + WIDTH),
        )


def _expected(forest: Forest) -> Floats:
    """The mean score of each class in its last place, zeros before it, and room that is nobody's."""
    means = np.zeros((forest.classes, forest.columns + 1))
    for number, tree in enumerate(forest.trees):
        means[number % forest.classes, -1] += tree.expected()
    return np.concatenate([means.ravel(), np.zeros(WIDTH)])
