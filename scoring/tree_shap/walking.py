"""The loops that walk the trees of a forest by the answers of rows, and sum the leaves they come to."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from features.machine_code.compiled import compiled, compiled_unlocked

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Places = NDArray[np.uint32]
Children = NDArray[np.int32]


@compiled
def walk_row(
    answers: Bytes,
    found: Floats,
    root: Children,
    asked: Places,
    child: Children,
    leaf: Floats,
) -> None:
    """Fill the sum of each class over the trees, in their order.

    `asked` is the question of each split, `child` where it leads, (splits, 2), by the answer: a number below
    zero is the leaf `-number - 1`. Trees belong to the classes in turn.
    """
    classes = len(found)
    for each in range(classes):
        found[each] = 0.0
    for tree in range(len(root)):
        node = root[tree]
        while node >= 0:
            node = child[node, answers[asked[node]]]
        found[tree % classes] += leaf[-node - 1]


@compiled_unlocked
def walk_tile(
    answers: Bytes,
    found: Floats,
    root: Children,
    asked: Places,
    child: Children,
    leaf: Floats,
) -> None:
    """Fill the sums of rows, (rows, classes), from answers (questions + 1, TILE), as `walk_row` does."""
    count, classes = found.shape
    for row in range(count):
        for each in range(classes):
            found[row, each] = 0.0
    for tree in range(len(root)):
        for row in range(count):
            node = root[tree]
            while node >= 0:
                node = child[node, answers[asked[node], row]]
            found[row, tree % classes] += leaf[-node - 1]


@compiled
def make_probable(scores: Floats, steepness: float) -> None:
    """Turn raw scores into probabilities, as LightGBM's binary objective does."""
    for each in range(len(scores)):
        scores[each] = 1.0 / (1.0 + math.exp(-steepness * scores[each]))
