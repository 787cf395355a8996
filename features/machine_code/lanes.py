"""Eight numbers side by side, which a processor adds and multiplies as one.

In compiled loops these functions become instructions for vectors, and `+`, `-` and `*` of what they give as
well. Uncompiled they are what is written here, with the same results to the last bit.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Lanes: TypeAlias = NDArray[np.float64]

WIDTH = 8
"""Numbers that are side by side."""


def fill(number: float) -> Lanes:
    """Give a number eight times.

    >>> fill(0.5) * fill(3.0) + fill(1.0)
    array([2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5])
    """
    return np.full(WIDTH, number)


def load(numbers: NDArray[np.float64], place: int) -> Lanes:
    """Give eight numbers of an array of one axis, from a place on."""
    return numbers[place : place + WIDTH].copy()


def fetch(numbers: NDArray[np.float64], place: int) -> None:
    """Say that eight numbers of an array of one axis will soon be needed: they are on their way meanwhile."""


def store(numbers: NDArray[np.float64], place: int, lanes: Lanes) -> None:
    """Write eight numbers into an array of one axis, from a place on."""
    numbers[place : place + WIDTH] = lanes
