"""What the splits of a forest ask of a row: each question once, in an order in which answers come quickly.

A question about a number is whether it is at most a threshold; one about a category, whether it is in a set.
Questions of the same column stand together. Number 0 is no question: its answer is no.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.errors import ForestError
from scoring.tree_shap.answering import AS_IT_IS, NAN_LEFT, NAN_RIGHT, ZERO_LEFT, ZERO_RIGHT
from scoring.tree_shap.arrays import Arrays, Floats, Places, starts
from scoring.tree_shap.forest import Forest, Tree

_CATEGORICAL, _LEFT = 1, 2
_MISSING_ZERO, _MISSING_NAN = 1, 2
_MOST_WORDS = 8_000_000
_WORD = 32

Numeric = tuple[int, int, float]
"""Column, how a missing value is seen, threshold."""

Categorical = tuple[int, bytes]
"""Column, set of categories."""


@dataclass(frozen=True)
class Questions:
    """The questions as arrays for `answering.answer_row`.

    View v sees the column `view_column[v]` in the way `view_way[v]`, and is asked the thresholds from
    `view_start[v]` on. Categorical column c is asked the questions from `set_start[c]` on, after all
    thresholds; its words begin at `word_start[c]`: for each 32 categories, one word a question.
    """

    view_column: Places
    view_way: Places
    view_start: Places
    threshold: Floats
    set_column: Places
    set_start: Places
    word_start: Places
    words: Places

    @property
    def count(self) -> int:
        """Number of questions."""
        return len(self.threshold) + int(self.set_start[-1])

    def arrays(self) -> Arrays:
        """Give the arrays in the order in which the kernels take them."""
        numbers = self.view_column, self.view_way, self.view_start, self.threshold
        return *numbers, self.set_column, self.set_start, self.word_start, self.words


def ask(forest: Forest) -> tuple[Questions, list[list[int]]]:
    """Give the questions of a forest, and the question of each split of each tree."""
    asked = [_asked(tree) for tree in forest.trees]
    every = {question for tree in asked for question in tree}
    numeric = sorted(question for question in every if len(question) == 3)
    categorical = sorted(question for question in every if len(question) == 2)
    place = {question: number for number, question in enumerate([*numeric, *categorical], start=1)}
    questions = Questions(*_views(numeric), *_columns(categorical))
    return questions, [[place[question] for question in tree] for tree in asked]


def _asked(tree: Tree) -> list[Numeric | Categorical]:
    splits = zip(tree.column.tolist(), tree.threshold.tolist(), tree.decision.tolist(), strict=True)
    return [
        (column, tree.sets[int(threshold)].tobytes())
        if decision & _CATEGORICAL
        else (column, _way(decision), threshold)
        for column, threshold, decision in splits
    ]


def _way(decision: int) -> int:
    """Give how a split sees a missing value (`decision_type` of LightGBM's text)."""
    missing, left = decision >> 2 & 3, bool(decision & _LEFT)
    if missing == _MISSING_ZERO:
        return ZERO_LEFT if left else ZERO_RIGHT
    if missing == _MISSING_NAN:
        return NAN_LEFT if left else NAN_RIGHT
    return AS_IT_IS


def _views(numeric: Sequence[Numeric]) -> tuple[Places, Places, Places, Floats]:
    views = sorted({(column, way) for column, way, _ in numeric})
    counts = dict.fromkeys(views, 0)
    for column, way, _ in numeric:
        counts[column, way] += 1
    return (
        np.array([column for column, _ in views], dtype=np.uint32),
        np.array([way for _, way in views], dtype=np.uint32),
        starts(list(counts.values())),
        np.array([threshold for _, _, threshold in numeric], dtype=np.float64),
    )


def _columns(categorical: Sequence[Categorical]) -> tuple[Places, Places, Places, Places]:
    sets: dict[int, list[Places]] = {}
    for column, packed in categorical:
        sets.setdefault(column, []).append(np.frombuffer(packed, dtype=np.uint32))
    blocks = [_block(each) for each in sets.values()]
    if sum(block.size for block in blocks) > _MOST_WORDS:
        raise ForestError(
            f"the sets of categories take more than {_MOST_WORDS * _WORD // 8:,} bytes",
            remedy="number the categories from 0 on, without gaps",
        )
    return (
        np.array(list(sets), dtype=np.uint32),
        starts([len(each) for each in sets.values()]),
        starts([block.size for block in blocks]),
        np.concatenate([block.ravel() for block in blocks]) if blocks else np.empty(0, dtype=np.uint32),
    )


def _block(sets: Sequence[Places]) -> Places:
    """The words of several sets, a line for each 32 categories."""
    block = np.zeros((max(each.size for each in sets), len(sets)), dtype=np.uint32)
    for place, each in enumerate(sets):
        block[: each.size, place] = each
    return block
