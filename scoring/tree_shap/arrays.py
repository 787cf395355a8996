"""Arrays that the loops run over: aligned, laid out as runs, and the rules of a quadrature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[Any], ...]
Floats = NDArray[np.float64]
Places = NDArray[np.uint32]

_LINE = 64
"""Bytes of a line of the processor's cache."""


def quadrature(depth: int) -> tuple[Floats, Floats]:
    """Give points and weights on [0, 1] of the Gauss-Legendre rules for leaves of up to `depth` columns.

    Line n holds the rule of n points, filled up with zeros to an even number.

    >>> points, weights = quadrature(4)
    >>> weights.tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]]
    """
    most = (depth + 1) // 2
    points, weights = np.zeros((2, most + 1, most + most % 2))
    for count in range(1, most + 1):
        found, weight = np.polynomial.legendre.leggauss(count)
        points[count, :count], weights[count, :count] = (found + 1) / 2, weight / 2
    return points, weights


def starts(counts: Sequence[int]) -> Places:
    """Give where each of several runs begins, and where the last ends.

    >>> starts([2, 3]).tolist()
    [0, 2, 5]
    """
    return np.cumsum([0, *counts]).astype(np.uint32)


def zeros(*shape: int) -> Floats:
    """Give zeros that begin at the start of a line of the processor's cache.

    >>> zeros(3, 8).shape
    (3, 8)
    """
    size = 8 * int(np.prod(shape))
    held = np.zeros(size + _LINE, dtype=np.uint8)
    first = -held.ctypes.data % _LINE
    return held[first : first + size].view(np.float64).reshape(shape)


def aligned(numbers: Sequence[float]) -> Floats:
    """Give numbers that begin at the start of a line of the processor's cache."""
    held = zeros(len(numbers))
    held[:] = numbers
    return held
