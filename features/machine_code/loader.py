"""Object code put into this process, and called as Python calls its own functions."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, Final

import llvmlite.binding as llvm
import numpy as np

NAME: Final = "entry"
"""The function of object code, of the kind METH_FASTCALL; its `self` is `TYPES`."""

TYPES: Final = (np.ndarray, int, float)
"""Types of what it may be given."""

OTHER: Final = -(2**63)
"""What it gives where it was compiled for others than those that it is given."""

OUTSIDE: Final = (
    *("exp", "floor", "fmod", "log", "memcpy", "memmove", "memset", "rint", "sqrt"),
    *("PyEval_RestoreThread", "PyEval_SaveThread"),
    *("PyFloat_AsDouble", "PyLong_AsLongLong", "PyLong_FromLongLong"),
)
"""Functions of C that it may call."""

_FASTCALL = 0x80


class _MethodDef(ctypes.Structure):
    """`PyMethodDef` of Python's C interface."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_LOCK = Lock()
_LOADED: list[tuple[Any, _MethodDef]] = []
"""What must live as long as the process."""


def entry_of(code: bytes) -> Callable[..., int]:
    """Give the function of object code."""
    with _LOCK:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        method = _MethodDef(NAME.encode(), engine.get_function_address(NAME), _FASTCALL, None)
        _LOADED.append((engine, method))
    new = ctypes.pythonapi.PyCFunction_NewEx
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)
    function: Callable[..., int] = new(ctypes.byref(method), TYPES, None)
    return function


@cache
def target() -> Any:
    """Give the processor of this machine, for the compiler and for the loader."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    for name in OUTSIDE:
        llvm.add_symbol(name, ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value)
    cpu, features = processor()
    return llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(
        cpu=cpu, features=features, opt=3, reloc="pic", codemodel="jitdefault"
    )


@cache
def processor() -> tuple[str, str]:
    """Give the name of the processor, and all that it can do."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
