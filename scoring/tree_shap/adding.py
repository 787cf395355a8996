"""The loops that add up what the leaves of a forest add to each column, for one row and for a tile of rows.

Sums run in one order whatever the number of rows: a row gives the same bits alone and among a million.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.machine_code.compiled import compiled, compiled_unlocked
from features.machine_code.lanes import fetch
from scoring.tree_shap.tabulation import shapley

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Places = NDArray[np.uint32]


@compiled
def add_row(
    answers: Bytes,
    expected: Floats,
    found: Floats,
    total: Floats,
    line: Places,
    room: Floats,
    group_question: Places,
    group_target: Places,
    group_line: Places,
    table: Floats,
    block_start: Places,
    block_depth: Places,
    twig_start: Places,
    base: Floats,
    slope: Floats,
    test_question: Places,
    test_answer: Bytes,
    test_target: Places,
    test_share: Floats,
    points: Floats,
    weights: Floats,
) -> None:
    """Fill what all leaves add to each target, `expected` included, for the answers of one row.

    Targets beyond those of `found` are nobody's. `total` is room for all targets, `line` for a number of each
    group, `room` is that of `shapley`. For twigs see `twigs.twig_arrays`.
    """
    for target in range(len(expected)):
        total[target] = expected[target]
    for group in range(len(group_line)):
        number = np.uint32(0)
        for bit in range(8):
            number |= np.uint32(np.uint32(answers[group_question[group, bit]]) << np.uint32(bit))
        line[group] = np.uint32(number + group_line[group])
        fetch(table[line[group]], 0)
    for group in range(len(group_line)):
        number = line[group]
        for place in range(8):
            total[group_target[group, place]] += table[number, place]
    for block in range(len(block_depth)):
        depth, first = int(block_depth[block]), twig_start[block]
        lanes = int(twig_start[block + 1] - first)
        test = block_start[block]
        for each in range(depth):
            share, gain = room[0, each], room[1, each]
            for lane in range(lanes):
                share[lane] = test_share[test]
                gain[lane] = (answers[test_question[test]] == test_answer[test]) - test_share[test]
                test += np.uint32(1)
        shapley(depth, base[first:], slope[first:], points, weights, room, lanes)
        for lane in range(lanes):
            for each in range(depth):
                target = test_target[block_start[block] + np.uint32(each * lanes + lane)]
                total[target] += room[2, each, lane]
    for target in range(len(found)):
        found[target] = total[target]


@compiled_unlocked
def add_tile(
    answers: Bytes,
    expected: Floats,
    found: Floats,
    total: Floats,
    line: Bytes,
    value: Floats,
    room: Floats,
    group_question: Places,
    group_target: Places,
    group_line: Places,
    table: Floats,
    block_start: Places,
    block_depth: Places,
    twig_start: Places,
    base: Floats,
    slope: Floats,
    test_question: Places,
    test_answer: Bytes,
    test_target: Places,
    test_share: Floats,
    points: Floats,
    weights: Floats,
) -> None:
    """Fill what all leaves add to each target of rows, as `add_row` does, to the same bits.

    `total` is room for all targets of a tile, `line` and `value` for one and two numbers of each row.
    """
    count, spare = found.shape
    for target in range(len(expected)):
        sums = total[target]
        for row in range(count):
            sums[row] = expected[target]
    for group in range(len(group_line)):
        for row in range(count):
            line[row] = 0
        for bit in range(8):
            said = answers[group_question[group, bit]]
            for row in range(count):
                line[row] |= np.uint8(said[row] << np.uint8(bit))
        part = table[group_line[group] :]
        for place in range(8):
            target = group_target[group, place]
            if target >= spare:
                break
            sums = total[target]
            for row in range(count):
                sums[row] += part[np.uint64(line[row]), place]
    for block in range(len(block_depth)):
        depth, first = int(block_depth[block]), twig_start[block]
        lanes = int(twig_start[block + 1] - first)
        for lane in range(lanes):
            for row in range(count):
                value[0, row], value[1, row] = base[first + lane], slope[first + lane]
            for each in range(depth):
                test = block_start[block] + np.uint32(each * lanes + lane)
                said, wanted, part = answers[test_question[test]], test_answer[test], test_share[test]
                share, gain = room[0, each], room[1, each]
                for row in range(count):
                    share[row] = part
                    gain[row] = (said[row] == wanted) - part
            shapley(depth, value[0], value[1], points, weights, room, count)
            for each in range(depth):
                sums = total[test_target[block_start[block] + np.uint32(each * lanes + lane)]]
                more = room[2, each]
                for row in range(count):
                    sums[row] += more[row]
    for row in range(count):
        for target in range(spare):
            found[row, target] = total[target, row]
