"""The tables of groups: a line for each way to answer a group's questions, a column for each target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.tree_shap.arrays import Arrays, Places, quadrature, starts, zeros
from scoring.tree_shap.groups import WIDTH, Group
from scoring.tree_shap.tabulation import PARTS, tabulate


def group_arrays(groups: Sequence[Group], spare: int) -> Arrays:
    """Give questions, targets and first line of each group, and the lines of all; see `adding.add_row`.

    Targets from `spare` on are nobody's.
    """
    lines = np.array([group.lines for group in groups], dtype=np.uint32)
    first = (np.cumsum(lines) - lines).astype(np.uint32)
    table = zeros(int(lines.sum()), WIDTH)
    leaves = [len(group.leaves) for group in groups]
    tabulate(
        table,
        zeros(2, 1 << WIDTH),
        zeros(PARTS, WIDTH, (1 << WIDTH) + WIDTH),
        np.repeat(first, leaves),
        np.repeat(np.array([len(group.questions) for group in groups], dtype=np.uint32), leaves),
        np.array([leaf.value for group in groups for leaf in group.leaves], dtype=np.float64),
        *(*_tests(groups), *quadrature(WIDTH)),
    )
    questions = _filled([sorted(group.questions) for group in groups], np.zeros(WIDTH))
    targets = _filled([sorted(group.targets) for group in groups], spare + np.arange(WIDTH))
    return questions, targets, first, table


def _tests(groups: Sequence[Group]) -> Arrays:
    """Starts of the leaves' tests; of each test the bits of its questions, the answers, column and share."""
    counts, masks, answers, places, shares = [], [], [], [], []
    for group in groups:
        bit = {question: 1 << place for place, question in enumerate(sorted(group.questions))}
        column = {target: place for place, target in enumerate(sorted(group.targets))}
        for leaf in group.leaves:
            counts.append(len(leaf.conditions))
            for one in leaf.conditions:
                masks.append(sum(bit[question] for question, _ in one.answers))
                answers.append(sum(bit[question] for question, answer in one.answers if answer))
                places.append(column[one.target])
                shares.append(one.share)
    return (
        starts(counts),
        np.array(masks, dtype=np.uint8),
        np.array(answers, dtype=np.uint8),
        np.array(places, dtype=np.uint32),
        np.array(shares, dtype=np.float64),
    )


def _filled(lines: Sequence[Sequence[int]], rest: NDArray[np.generic]) -> Places:
    filled = np.empty((len(lines), WIDTH), dtype=np.uint32)
    filled[:] = rest
    for place, line in enumerate(lines):
        filled[place, : len(line)] = line
    return filled
