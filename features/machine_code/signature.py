"""Types of arguments: what machine code is made for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Signature = tuple[tuple[str, int] | type, ...]
"""Of each argument: the `dtype.str` and `ndim` of an array, or int, or float."""

_NUMBERS = frozenset("biuf")


def signature_of(given: Sequence[Any]) -> Signature:
    """Give the types of arguments.

    >>> signature_of([np.zeros((2, 3)), 7, 0.5])
    (('<f8', 2), <class 'int'>, <class 'float'>)
    >>> signature_of([np.zeros((2, 3)).T])
    Traceback (most recent call last):
    TypeError: argument 1 is no C-contiguous array of numbers, but <f8 (3, 2) with strides (8, 24)
    """
    return tuple(_type_of(place, each) for place, each in enumerate(given, start=1))


def _type_of(place: int, given: Any) -> tuple[str, int] | type:
    if type(given) is int:
        return int
    if type(given) is float:
        return float
    if type(given) is not np.ndarray:
        raise TypeError(f"argument {place} is no array, whole number or float, but {type(given).__name__}")
    flags, dtype = given.flags, given.dtype
    if dtype.kind not in _NUMBERS or not dtype.isnative or not flags.c_contiguous or not flags.aligned:
        said = f"{dtype.str} {given.shape} with strides {given.strides}"
        raise TypeError(f"argument {place} is no C-contiguous array of numbers, but {said}")
    return dtype.str, given.ndim
