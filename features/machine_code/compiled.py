"""Functions that run as machine code, called as quickly as Python's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import Lock
from types import FunctionType
from typing import Any, TypeVar, cast

from features.machine_code.code_file import object_code
from features.machine_code.loader import OTHER, entry_of
from features.machine_code.signature import Signature, signature_of

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function at its first call, and keep the machine code on the disk.

    The function is plain Python over NumPy arrays, and a test can run it as that (`.py_func`). It divides as
    NumPy does: by zero without an error. Its arguments are C-contiguous arrays of numbers, whole numbers and
    floats. It gives a whole number or nothing and writes all else into arrays that it is given; it neither
    makes arrays nor raises, and calls none but its like.

    >>> @compiled
    ... def add_up(numbers: np.ndarray, found: np.ndarray) -> None:
    ...     for number in numbers:
    ...         found[0] += number
    >>> import numpy as np
    >>> found = np.zeros(1)
    >>> _ = add_up(np.array([0.5, 2.0]), found)
    >>> found.tolist()
    [2.5]
    """
    return cast("Function", Compiled(function, unlocked=False))


def compiled_unlocked(function: Function) -> Function:
    """Compile a function that runs for long: meanwhile other threads have the interpreter."""
    return cast("Function", Compiled(function, unlocked=True))


class Compiled:
    """A function, and its machine code by the types of its arguments.

    What was called last is called at once, and says itself if the types are others.
    """

    def __init__(self, function: Callable[..., Any], *, unlocked: bool) -> None:
        update_wrapper(self, function)
        self.py_func = cast("FunctionType", function)
        self.entries: dict[Signature, Callable[..., int]] = {}
        self._unlocked = unlocked
        self._last: Callable[..., int] = _none
        self._lock = Lock()

    def __call__(self, *given: Any) -> int:
        """Call it; TypeError where an argument is none that may be, or the function cannot be compiled."""
        found = self._last(*given)
        return self._others(given) if found == OTHER else found

    def _others(self, given: tuple[Any, ...]) -> int:
        signature = signature_of(given)
        with self._lock:
            if signature not in self.entries:
                code = object_code(self.py_func, signature, unlocked=self._unlocked)
                self.entries[signature] = entry_of(code)
            self._last = entry = self.entries[signature]
        return entry(*given)


def _none(*_: Any) -> int:
    return OTHER
