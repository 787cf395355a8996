"""Compiling: the only module that knows how.

A compiled function is plain Python over NumPy arrays, and a test can run it as that (`.py_func`). It divides
as NumPy does: by zero without an error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function at its first call, and keep the machine code on the disk."""
    return cast("Function", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
