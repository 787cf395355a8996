"""The leaves of a forest: what a row must fulfil, column by column, to come to each.

A large model has a quarter of a million conditions: they are tuples, which take least time and memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from scoring.tree_shap.forest import Forest, Tree

Answers = tuple[tuple[int, int], ...]
"""Questions on the way to a leaf, each with the answer that leads there: 1 for yes, 0 for no."""


class Condition(NamedTuple):
    """What a leaf asks of one column: `share` is the part of the rows that fulfils it, split by split."""

    target: int
    answers: Answers
    share: float


class Leaf(NamedTuple):
    """A value, and the conditions under which it counts: one for each column on the way to it.

    Leaves are numbered as they stand, so that neighbours can be found again.
    """

    number: int
    value: float
    conditions: tuple[Condition, ...]


def leaves(forest: Forest, asked: Sequence[Sequence[int]]) -> Iterator[Leaf]:
    """Give the leaves tree by tree, neighbours together; trees of one leaf explain nothing and give none.

    `asked` are the questions of the splits. A target is the place of a column among the contributions.
    """
    ways = (
        way
        for number, (tree, questions) in enumerate(zip(forest.trees, asked, strict=True))
        for way in _ways(tree, questions, number % forest.classes * (forest.columns + 1))
    )
    for number, (value, conditions) in enumerate(ways):
        yield Leaf(number, value, conditions)


def _ways(tree: Tree, questions: Sequence[int], first: int) -> Iterator[tuple[float, tuple[Condition, ...]]]:
    """Value and conditions of each leaf; `first` is the target of the first column."""
    if not tree.column.size:
        return
    columns, values = tree.column.tolist(), tree.leaf_value.tolist()
    sides = _sides(tree)
    open_nodes: list[tuple[int, dict[int, Condition]]] = [(0, {})]
    while open_nodes:
        node, way = open_nodes.pop()
        if node < 0:
            yield values[-node - 1], tuple(way.values())
            continue
        target = first + columns[node]
        before = way.get(target, Condition(target, (), 1.0))
        for answer, (child, share) in enumerate(sides[node]):
            told = (*before.answers, (questions[node], answer))
            open_nodes.append((child, way | {target: Condition(target, told, before.share * share)}))


def _sides(tree: Tree) -> list[tuple[tuple[int, float], tuple[int, float]]]:
    """Of each split: right child (answer no) and left child (yes), each with its share of the rows."""
    rows = [*tree.split_rows.tolist(), *tree.leaf_rows.tolist()[::-1]]
    pairs = zip(tree.right.tolist(), tree.left.tolist(), strict=True)
    return [
        ((right, rows[right] / rows[node]), (left, rows[left] / rows[node]))
        for node, (right, left) in enumerate(pairs)
    ]
