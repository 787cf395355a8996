"""Deep leaves in twigs, one or two on each: what is in no table is worked out row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from features.machine_code.lanes import WIDTH
from scoring.tree_shap.arrays import Arrays, aligned, quadrature, starts
from scoring.tree_shap.leaves import Condition, Leaf

BLOCK = 64
"""Twigs that are worked out side by side, and a multiple of the lanes of a vector."""


@dataclass(frozen=True)
class Twig:
    """A leaf, or two that differ in how a last question is answered.

    It is worth `base + slope f`, where f is the factor of its last condition.
    """

    base: float
    slope: float
    conditions: tuple[Condition, ...]


def twigs(leaves: Iterable[Leaf]) -> list[Twig]:
    """Give the twigs of leaves that ask one question for each column, neighbours together."""
    found: list[Twig] = []
    open_leaf: Leaf | None = None
    for leaf in leaves:
        if open_leaf and _siblings(open_leaf, leaf):
            slope = open_leaf.value - leaf.value
            found[-1] = Twig(leaf.value, slope, open_leaf.conditions)
            open_leaf = None
        else:
            found.append(Twig(0.0, leaf.value, leaf.conditions))
            open_leaf = leaf
    return found


def twig_arrays(found: Sequence[Twig], spare: int) -> Arrays:
    """Give the blocks of twigs, the twigs, their tests, and a quadrature; see `adding.add_row`.

    A block holds twigs of one depth, filled up with nothing, which goes to the target `spare`. A test is a
    question, the answer it wants, a target and a share; first come those of all twigs on their first columns.
    """
    ordered = sorted(found, key=lambda twig: len(twig.conditions))
    blocks = [
        _filled(each[start : start + BLOCK], spare)
        for each in (list(one) for _, one in groupby(ordered, key=lambda twig: len(twig.conditions)))
        for start in range(0, len(each), BLOCK)
    ]
    held = [twig for block in blocks for twig in block]
    depths = [len(block[0].conditions) for block in blocks]
    tests = [
        one
        for block in blocks
        for line in zip(*(twig.conditions for twig in block), strict=True)
        for one in line
    ]
    return (
        starts([len(block) * depth for block, depth in zip(blocks, depths, strict=True)]),
        np.array(depths, dtype=np.uint32),
        starts([len(block) for block in blocks]),
        aligned([twig.base for twig in held]),
        aligned([twig.slope for twig in held]),
        np.array([one.answers[0][0] for one in tests], dtype=np.uint32),
        np.array([one.answers[0][1] for one in tests], dtype=np.uint8),
        np.array([one.target for one in tests], dtype=np.uint32),
        np.array([one.share for one in tests], dtype=np.float64),
        *quadrature(max(depths, default=1)),
    )


def _siblings(left: Leaf, right: Leaf) -> bool:
    one, other = left.conditions[-1], right.conditions[-1]
    if left.conditions[:-1] != right.conditions[:-1] or one.target != other.target:
        return False
    opposite = tuple((question, 1 - answer) for question, answer in one.answers)
    return opposite == other.answers and math.isclose(one.share + other.share, 1.0, rel_tol=1e-12)


def _filled(block: list[Twig], spare: int) -> list[Twig]:
    nothing = Condition(spare, ((0, 0),), 1.0)
    empty = Twig(0.0, 0.0, (nothing,) * len(block[0].conditions))
    return block + [empty] * (-len(block) % WIDTH)
