"""The loops that work out what the conditions of leaves add, and write it into tables.

A leaf of value v asks conditions 1 to m, each of another column. `share` is the part of the rows that fulfils
one, `gain` is 1 - share for a row that does and -share for one that does not. Condition j then adds

    v gain_j  times the integral over t in [0, 1] of the product over i other than j of (share_i + gain_i t)

of which the integrand is a polynomial of degree m - 1: a Gauss-Legendre rule of (m + 1) // 2 points is exact.
`points` and `weights` hold the rule of n points in line n, filled up with zeros to an even number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.machine_code.compiled import compiled
from features.machine_code.lanes import WIDTH, fill, load, store

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Places = NDArray[np.uint32]

PARTS = 5
"""Parts of the room of `shapley`, a line a condition: shares, gains, what is found, two products."""


@compiled
def shapley(
    depth: int,
    base: Floats,
    slope: Floats,
    points: Floats,
    weights: Floats,
    room: Floats,
    lanes: int,
) -> None:
    """Fill what conditions add, side by side for eight leaves or rows, or more by eights.

    A lane is a leaf or two: `base + slope (share + gain t)` by its last condition. `room` is (PARTS, at least
    `depth` lines, lanes): shares and gains come in, what each condition adds goes out.
    """
    rule, last = (depth + 1) // 2, depth - 1
    for lane in range(0, lanes, WIDTH):
        for each in range(depth):
            store(room[2, each], lane, fill(0.0))
        low, rise = load(base, lane), load(slope, lane)
        for point in range(0, rule, 2):
            s, t = fill(points[rule, point]), fill(points[rule, point + 1])
            one, two = fill(weights[rule, point]), fill(weights[rule, point + 1])
            for each in range(last):
                share, gain = load(room[0, each], lane), load(room[1, each], lane)
                store(room[3, each], lane, one)
                store(room[4, each], lane, two)
                one *= share + gain * s
                two *= share + gain * t
            share, gain, found = load(room[0, last], lane), load(room[1, last], lane), room[2, last]
            store(found, lane, load(found, lane) + one * rise + two * rise)
            one = low + rise * (share + gain * s)
            two = low + rise * (share + gain * t)
            for back in range(1, depth):
                each = last - back
                share, gain, found = load(room[0, each], lane), load(room[1, each], lane), room[2, each]
                more = load(found, lane) + load(room[3, each], lane) * one
                store(found, lane, more + load(room[4, each], lane) * two)
                one *= share + gain * s
                two *= share + gain * t
        for each in range(depth):
            found = room[2, each]
            store(found, lane, load(found, lane) * load(room[1, each], lane))


@compiled
def tabulate(
    table: Floats,
    value: Floats,
    room: Floats,
    leaf_line: Places,
    leaf_bits: Places,
    leaf_value: Floats,
    test_start: Places,
    test_mask: Bytes,
    test_answer: Bytes,
    test_place: Places,
    test_share: Floats,
    points: Floats,
    weights: Floats,
) -> None:
    """Add what the leaves of groups add to the lines of their tables, (lines, 8).

    The table of a leaf's group begins at `leaf_line`, with a line for each way to answer `leaf_bits`
    questions. A test holds where the answers in its mask are its own; `test_place` is its column. The lanes
    of `value`, (2, 256), and `room` are the ways to meet the conditions of a leaf.
    """
    base, slope = value[0], value[1]
    for leaf in range(len(leaf_line)):
        start = test_start[leaf]
        depth = int(test_start[leaf + 1] - start)
        for met in range(1 << depth):
            base[met], slope[met] = 0.0, leaf_value[leaf]
            for each in range(depth):
                share = test_share[start + each]
                room[0, each, met] = share
                room[1, each, met] = ((met >> each) & 1) - share
        shapley(depth, base, slope, points, weights, room, 1 << depth)
        for answers in range(1 << leaf_bits[leaf]):
            met = 0
            for each in range(depth):
                met |= ((answers & test_mask[start + each]) == test_answer[start + each]) << each
            for each in range(depth):
                table[leaf_line[leaf] + answers, test_place[start + each]] += room[2, each, met]
