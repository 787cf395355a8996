"""The trees of a LightGBM model, read from its native text (LightGBM 4, `src/io/tree.cpp`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ForestError

Floats = NDArray[np.float64]
Wholes = NDArray[np.int64]
Words = NDArray[np.uint32]

_REMEDY = "have it explained by LightGBM's own pred_contrib"


@dataclass(frozen=True)
class Tree:
    """Splits and leaves of one tree; a child below zero is the leaf `-child - 1`.

    A split by categories holds the place of its set among `sets` as its threshold; bit c of a set is category
    c. `split_rows` and `leaf_rows` are the rows of training that came by.
    """

    column: Wholes
    threshold: Floats
    decision: Wholes
    left: Wholes
    right: Wholes
    split_rows: Floats
    leaf_rows: Floats
    leaf_value: Floats
    sets: tuple[Words, ...]

    def expected(self) -> float:
        """Give the mean of the leaves over the rows of training."""
        if not self.column.size:
            return float(self.leaf_value[0])
        total = 0.0
        for rows, value in zip(self.leaf_rows.tolist(), self.leaf_value.tolist(), strict=True):
            total += rows / float(self.split_rows[0]) * value
        return total


@dataclass(frozen=True)
class Forest:
    """Trees in the order in which they are summed; tree i belongs to class i modulo `classes`.

    `objective` is as LightGBM writes it, with its parameters; empty where predictions are means of the trees.
    """

    columns: int
    classes: int
    objective: str
    trees: tuple[Tree, ...]

    @classmethod
    def of(cls, text: str) -> Forest:
        """Read a model that LightGBM wrote.

        ForestError where its trees are linear, or where no row of training came by a split. The text must be
        whole (see scoring.model_text).

        >>> Forest.of("tree")
        Traceback (most recent call last):
        scoring.errors.ForestError: the text lacks max_feature_idx
        """
        head, *blocks = text.partition("\nend of trees")[0].split("\nTree=")
        lines = head.split("\n")
        header = dict(line.partition("=")[::2] for line in lines)
        return cls(
            columns=int(_field(header, "max_feature_idx")) + 1,
            classes=int(_field(header, "num_tree_per_iteration")),
            objective="" if "average_output" in lines else header.get("objective", ""),
            trees=tuple(_tree(block) for block in blocks),
        )


def _tree(block: str) -> Tree:
    fields = dict(line.partition("=")[::2] for line in block.split("\n"))
    if fields.get("is_linear", "0") != "0":
        raise ForestError("the trees are linear: their leaves are no numbers", remedy=_REMEDY)
    if int(_field(fields, "num_leaves")) == 1:
        nothing = np.empty(0, dtype=np.int64)
        one = _floats(fields, "leaf_value")
        return Tree(nothing, one[:0], nothing, nothing, nothing, one[:0], one[:0], one, ())
    tree = Tree(
        column=_wholes(fields, "split_feature"),
        threshold=_floats(fields, "threshold"),
        decision=_wholes(fields, "decision_type"),
        left=_wholes(fields, "left_child"),
        right=_wholes(fields, "right_child"),
        split_rows=_floats(fields, "internal_count"),
        leaf_rows=_floats(fields, "leaf_count"),
        leaf_value=_floats(fields, "leaf_value"),
        sets=_sets(fields) if _field(fields, "num_cat") != "0" else (),
    )
    if not (tree.split_rows > 0).all():
        raise ForestError("a split has no rows of training, which weigh its sides", remedy=_REMEDY)
    return tree


def _sets(fields: dict[str, str]) -> tuple[Words, ...]:
    bounds, words = _wholes(fields, "cat_boundaries"), _wholes(fields, "cat_threshold").astype(np.uint32)
    return tuple(np.split(words, bounds[1:-1]))


def _wholes(fields: dict[str, str], name: str) -> Wholes:
    return np.array(_field(fields, name).split(), dtype=np.int64)


def _floats(fields: dict[str, str], name: str) -> Floats:
    return np.array(_field(fields, name).split(), dtype=np.float64)


def _field(fields: dict[str, str], name: str) -> str:
    if name not in fields:
        raise ForestError(f"the text lacks {name}", remedy="use the text of a model as LightGBM wrote it")
    return fields[name]
