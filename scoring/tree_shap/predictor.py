"""Raw scores of a forest, to the bit those of LightGBM, and sooner: the sums of the leaves of its trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import local

import numpy as np

from scoring.tree_shap.answering import TILE, answer_row, answer_tile
from scoring.tree_shap.arrays import Arrays, Floats
from scoring.tree_shap.forest import Forest
from scoring.tree_shap.groups import Joint
from scoring.tree_shap.questions import ask
from scoring.tree_shap.walking import make_probable, walk_row, walk_tile

_FEW = 8
"""Rows from which on tiles are faster than row after row."""


@dataclass(frozen=True)
class Predictor:
    """The trees of a model as arrays, made once; safe to share between threads.

    `steepness` turns a raw score into a prediction: 0 where they are the same, None where neither a
    probability of two classes nor a quantile is predicted.
    """

    columns: int
    classes: int
    steepness: float | None
    _asked: Arrays
    _walked: Arrays
    _room: _Room

    @classmethod
    def of(cls, text: str) -> Predictor:
        """Read a model from the native text that LightGBM wrote; ForestError where its trees are linear."""
        forest = Forest.of(text)
        questions, asked = ask(forest)
        return cls(
            columns=forest.columns,
            classes=forest.classes,
            steepness=_steepness(forest.objective),
            _asked=(*questions.arrays(), *Joint(0).arrays()),
            _walked=_walked(forest, asked),
            _room=_Room(questions.count + 1),
        )

    def raw(self, rows: Floats) -> Floats:
        """Give the raw scores of rows, (n, classes); they are contiguous and have the model's columns."""
        found = np.empty((len(rows), self.classes))
        if len(rows) < _FEW:
            answers = self._room.answers
            for row, one in zip(rows, found, strict=True):
                answer_row(row, answers, *self._asked)
                walk_row(answers, one, *self._walked)
            return found
        tile = np.zeros((self._room.answers.size, TILE), dtype=np.uint8)
        held, value = np.empty((2, TILE), dtype=np.uint32), np.empty(TILE)
        for start in range(0, len(rows), TILE):
            answer_tile(rows[start : start + TILE], tile, value, *held, *self._asked)
            walk_tile(tile, found[start : start + TILE], *self._walked)
        return found

    def predictions(self, rows: Floats) -> Floats | None:
        """Give the predictions of rows, (n,), of which `raw` is the score; None where they are not known."""
        if self.steepness is None:
            return None
        found = self.raw(rows)[:, 0]
        if self.steepness:
            make_probable(found, self.steepness)
        return found


class _Room(local):
    """Room for the answers of a row, of each thread its own."""

    def __init__(self, answers: int) -> None:
        self.answers = np.zeros(answers, dtype=np.uint8)


def _steepness(objective: str) -> float | None:
    """The number in `binary sigmoid:1`.

    >>> _steepness("binary sigmoid:1"), _steepness("quantile alpha:0.5"), _steepness("poisson")
    (1.0, 0.0, None)
    """
    name, _, parameters = objective.partition(" ")
    if name == "binary":
        return float(parameters.partition("sigmoid:")[2])
    return 0.0 if name == "quantile" else None


def _walked(forest: Forest, asked: Sequence[Sequence[int]]) -> Arrays:
    """Roots, questions, children and leaves of all trees, numbered on from tree to tree."""
    roots, children, splits, leaves = [], [np.empty((0, 2), dtype=np.int64)], 0, 0
    for tree in forest.trees:
        roots.append(splits if tree.column.size else -leaves - 1)
        both = np.stack([tree.right, tree.left], axis=1)
        children.append(np.where(both < 0, both - leaves, both + splits))
        splits += tree.column.size
        leaves += tree.leaf_value.size
    return (
        np.array(roots, dtype=np.int32),
        np.array([question for tree in asked for question in tree], dtype=np.uint32),
        np.concatenate(children).astype(np.int32),
        np.concatenate([np.empty(0), *(tree.leaf_value for tree in forest.trees)]),
    )
