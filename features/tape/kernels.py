"""The steps of a tape, compiled: each is done for a block of rows at a time.

Every value is a float64, a truth 0 or 1. A step says what is done, which register the result goes to, and up
to three registers it is made of. To load is made of a place among the inputs, to store goes to a column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.machine_code.compiled import compiled

Code = NDArray[np.int32]
Floats = NDArray[np.float64]
Wide = NDArray[np.int64]

LOAD_NUMBER, LOAD_WHOLE, STORE = 0, 1, 2
ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, FMOD = 3, 4, 5, 6, 7, 8
MINIMUM, MAXIMUM, FMIN, FMAX = 9, 10, 11, 12
LESS, LESS_EQUAL, EQUAL, NOT_EQUAL = 13, 14, 15, 16
AND, OR, NOT, WHERE = 17, 18, 19, 20
RINT, FLOOR, SQRT, LOG, ABSOLUTE, NEGATIVE = 21, 22, 23, 24, 25, 26
IS_NAN, IS_FINITE, BITS_AND, BIT_COUNT = 27, 28, 29, 30

BLOCK = 256
"""Rows of a block: its registers stay in the processor's cache."""


@compiled
def run(
    code: Code,
    held: Floats,
    constants: Floats,
    numbers: Floats,
    wholes: Wide,
    places: Wide,
    most_number: Floats,
    most_whole: Floats,
    matrix: Floats,
) -> bool:
    """Fill the matrix (rows, columns); False where an input is larger than the tape is exact for.

    `code` are the steps (n, 5). `held` are the registers (n, rows of a block), the first of them for the
    constants. `numbers` (k, rows) are inputs, and so are the lines `places` of `wholes`; no absolute value
    may be above `most_number` and `most_whole`.
    """
    rows, block = matrix.shape[0], held.shape[1]
    for each in range(len(constants)):
        for j in range(block):
            held[each, j] = constants[each]
    for number in range((rows + block - 1) // block):
        start = number * block
        n = min(block, rows - start)
        for step in range(len(code)):
            op, to, a, b, c = code[step, 0], code[step, 1], code[step, 2], code[step, 3], code[step, 4]
            if op == LOAD_NUMBER:
                largest = 0.0
                for j in range(n):
                    held[to, j] = numbers[a, start + j]
                    largest = max(largest, abs(held[to, j]))
                if largest > most_number[a]:
                    return False
            elif op == LOAD_WHOLE:
                largest = 0.0
                for j in range(n):
                    held[to, j] = np.float64(wholes[places[a], start + j])
                    largest = max(largest, abs(held[to, j]))
                if largest > most_whole[a]:
                    return False
            elif op == STORE:
                for j in range(n):
                    value = held[a, j]
                    matrix[start + j, to] = value if value == value else np.nan  # noqa: PLR0124 - one NaN for all
            elif op == ADD:
                for j in range(n):
                    held[to, j] = held[a, j] + held[b, j]
            elif op == SUBTRACT:
                for j in range(n):
                    held[to, j] = held[a, j] - held[b, j]
            elif op == MULTIPLY:
                for j in range(n):
                    held[to, j] = held[a, j] * held[b, j]
            elif op == DIVIDE:
                for j in range(n):
                    held[to, j] = held[a, j] / held[b, j]
            elif op == MODULO:
                for j in range(n):
                    held[to, j] = held[a, j] % held[b, j]
            elif op == FMOD:
                for j in range(n):
                    held[to, j] = np.fmod(held[a, j], held[b, j])
            elif op == MINIMUM:
                for j in range(n):
                    held[to, j] = np.minimum(held[a, j], held[b, j])
            elif op == MAXIMUM:
                for j in range(n):
                    held[to, j] = np.maximum(held[a, j], held[b, j])
            elif op == FMIN:
                for j in range(n):
                    held[to, j] = np.fmin(held[a, j], held[b, j])
            elif op == FMAX:
                for j in range(n):
                    held[to, j] = np.fmax(held[a, j], held[b, j])
            elif op == LESS:
                for j in range(n):
                    held[to, j] = 1.0 if held[a, j] < held[b, j] else 0.0
            elif op == LESS_EQUAL:
                for j in range(n):
                    held[to, j] = 1.0 if held[a, j] <= held[b, j] else 0.0
            elif op == EQUAL:
                for j in range(n):
                    held[to, j] = 1.0 if held[a, j] == held[b, j] else 0.0
            elif op == NOT_EQUAL:
                for j in range(n):
                    held[to, j] = 1.0 if held[a, j] != held[b, j] else 0.0
            elif op == AND:
                for j in range(n):
                    held[to, j] = held[a, j] * held[b, j]
            elif op == OR:
                for j in range(n):
                    held[to, j] = max(held[a, j], held[b, j])
            elif op == NOT:
                for j in range(n):
                    held[to, j] = 1.0 - held[a, j]
            elif op == WHERE:
                for j in range(n):
                    held[to, j] = held[b, j] if held[a, j] != 0.0 else held[c, j]
            elif op == RINT:
                for j in range(n):
                    held[to, j] = np.rint(held[a, j])
            elif op == FLOOR:
                for j in range(n):
                    held[to, j] = np.floor(held[a, j])
            elif op == SQRT:
                for j in range(n):
                    held[to, j] = np.sqrt(held[a, j])
            elif op == LOG:
                for j in range(n):
                    held[to, j] = np.log(held[a, j])
            elif op == ABSOLUTE:
                for j in range(n):
                    held[to, j] = np.abs(held[a, j])
            elif op == NEGATIVE:
                for j in range(n):
                    held[to, j] = -held[a, j]
            elif op == IS_NAN:
                for j in range(n):
                    held[to, j] = 1.0 if held[a, j] != held[a, j] else 0.0
            elif op == IS_FINITE:
                for j in range(n):
                    held[to, j] = 1.0 if abs(held[a, j]) < np.inf else 0.0
            elif op == BITS_AND:
                for j in range(n):
                    held[to, j] = np.float64(np.int64(held[a, j]) & np.int64(held[b, j]))
            elif op == BIT_COUNT:
                for j in range(n):
                    bits, count = np.int64(abs(held[a, j])), 0
                    while bits != 0:
                        bits &= bits - 1
                        count += 1
                    held[to, j] = np.float64(count)
    return True
