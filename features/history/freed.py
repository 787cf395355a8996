"""Memory that goes back to the system as soon as it is free."""

from __future__ import annotations

import ctypes
from functools import cache

LARGE = 4 << 20
"""Bytes from which on a block is asked of the system by itself."""

_MMAP_THRESHOLD = -3


@cache
def give_back_large_blocks() -> None:
    """Have the C library give large blocks back when they are freed, in this process from now on.

    glibc would keep ever larger ones for itself, between others that are still in use: at ten million items a
    tenth of all. Nothing is done where the library has no such setting. See mallopt(3), M_MMAP_THRESHOLD.

    >>> give_back_large_blocks()
    """
    if set_option := getattr(ctypes.CDLL(None), "mallopt", None):
        set_option(_MMAP_THRESHOLD, LARGE)
