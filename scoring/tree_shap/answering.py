"""The loops that answer the questions of a forest, for one row and for a tile of rows.

Numbers of questions, columns and lines are unsigned, so that the compiler knows that none is below zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.machine_code.compiled import compiled, compiled_unlocked

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Places = NDArray[np.uint32]

AS_IT_IS, ZERO_LEFT, ZERO_RIGHT, NAN_LEFT, NAN_RIGHT = 0, 1, 2, 3, 4
"""How a split sees what is missing: as zero; or left or right where zero, or where NaN, is missing."""

ZERO = float(np.float32(1e-35))
"""What is not beyond it counts as 0 (LightGBM's kZeroThreshold)."""

TILE = 256
"""Rows that are answered and summed together."""


@compiled
def answer_row(
    row: Floats,
    answers: Bytes,
    view_column: Places,
    view_way: Places,
    view_start: Places,
    threshold: Floats,
    set_column: Places,
    set_start: Places,
    word_start: Places,
    words: Places,
    joint_start: Places,
    joint_question: Places,
    joint_answer: Bytes,
) -> None:
    """Fill the answers of a row, (questions + 1,): 1 is yes. The first, of no question, is left as it is."""
    one = np.uint32(1)
    for view in range(len(view_column)):
        value = seen(row[view_column[view]], view_way[view])
        start, end = view_start[view], view_start[view + 1]
        limit, said = threshold[start:end], answers[start + one : end + one]
        for each in range(len(limit)):
            said[each] = np.uint8(value <= limit[each])
    first = len(threshold) + 1
    for column in range(len(set_column)):
        value = row[set_column[column]]
        start, end = set_start[column], set_start[column + 1]
        said = answers[first + start : first + end]
        line = line_of(value, word_start[column], word_start[column + 1], len(said))
        if line < 0:
            for each in range(len(said)):
                said[each] = 0
        else:
            held, bit = words[line : line + len(said)], np.uint32(int(value) & 31)
            for each in range(len(said)):
                said[each] = np.uint8((held[each] >> bit) & one)
    first += set_start[len(set_column)]
    for number in range(len(joint_start) - 1):
        met = True
        for each in range(joint_start[number], joint_start[number + 1]):
            met &= answers[joint_question[each]] == joint_answer[each]
        answers[first + number] = np.uint8(met)


@compiled_unlocked
def answer_tile(
    rows: Floats,
    answers: Bytes,
    value: Floats,
    held: Places,
    bit: Places,
    view_column: Places,
    view_way: Places,
    view_start: Places,
    threshold: Floats,
    set_column: Places,
    set_start: Places,
    word_start: Places,
    words: Places,
    joint_start: Places,
    joint_question: Places,
    joint_answer: Bytes,
) -> None:
    """Fill the answers of rows, (questions + 1, TILE), as `answer_row` does.

    `value`, `held` and `bit` are room for a number of each row.
    """
    count = len(rows)
    for view in range(len(view_column)):
        for row in range(count):
            value[row] = seen(rows[row, view_column[view]], view_way[view])
        for each in range(view_start[view], view_start[view + 1]):
            limit, said = threshold[each], answers[each + 1]
            for row in range(count):
                said[row] = np.uint8(value[row] <= limit)
    first = len(threshold) + 1
    for column in range(len(set_column)):
        start, end = set_start[column], set_start[column + 1]
        for row in range(count):
            code = rows[row, set_column[column]]
            line = line_of(code, word_start[column], word_start[column + 1], end - start)
            held[row] = np.uint32(max(line, 0))
            bit[row] = np.uint32(int(code) & 31) if line >= 0 else np.uint32(32)
        for each in range(end - start):
            said = answers[first + start + each]
            part = words[each:]
            for row in range(count):
                said[row] = np.uint8(np.uint64(part[held[row]]) >> np.uint64(bit[row]) & np.uint64(1))
    first += set_start[len(set_column)]
    for number in range(len(joint_start) - 1):
        said = answers[first + number]
        for row in range(count):
            said[row] = 1
        for each in range(joint_start[number], joint_start[number + 1]):
            other, wanted = answers[joint_question[each]], joint_answer[each]
            for row in range(count):
                said[row] &= np.uint8(other[row] == wanted)


@compiled
def seen(value: float, way: int) -> float:
    """Give a value such that `seen <= threshold` is what the split decides."""
    if abs(value) <= ZERO or (np.isnan(value) and way <= ZERO_RIGHT):
        value = 0.0
    if (way == ZERO_LEFT and value == 0.0) or (way == NAN_LEFT and np.isnan(value)):
        return -np.inf
    if way == ZERO_RIGHT and value == 0.0:
        return np.nan
    return value


@compiled
def line_of(value: float, start: int, end: int, sets: int) -> int:
    """Give the place of the words that hold a category, one for each set; -1 where no set has it."""
    if not -1.0 < value < 32.0 * ((end - start) // sets):
        return -1
    return start + (int(value) >> 5) * sets
