"""Machine code of a plain function, by numba: needed once a machine, and slow to start.

What numba gives is put into one function that Python calls as one of its own (METH_FASTCALL). It looks at the
types of what it is given before it touches it, by the fields of `PyObject`, `PyTupleObject` and
`PyArrayObject` of the C interfaces of Python and NumPy.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

from features.machine_code.loader import NAME, OTHER, OUTSIDE, TYPES
from features.machine_code.signature import Signature
from features.machine_code.vectors import NATIVE

_WORD = numba.int64
_TYPE = 1
"""The word (8 bytes) of an object that points to its type."""

_FIRST = 3
"""The word of a tuple that points to its first object."""

_DATA, _NDIM, _SHAPE, _DTYPE, _FLAGS = 2, 3, 4, 7, 8
"""Words of an array; the number of axes is the lower half of its own."""

_NUMBER = 3
"""The word of a dtype whose upper half is the number of the type, and whose third byte is the byte order."""

_NATIVE = (ord("="), ord("|"))
"""Byte orders of this machine."""

_PLAIN = 0x101
"""Flags of an array that is C-contiguous and aligned."""


def made(function: FunctionType, signature: Signature, target: Any, *, unlocked: bool) -> bytes:
    """Give the object code of a function, for the loader.

    TypeError where numba cannot compile it, and where it would call what it may not, as it does to make an
    array or to raise.
    """
    try:
        entry = numba.cfunc(_WORD(_WORD, _WORD, _WORD), error_model="numpy")(
            _entry(function, signature, unlocked=unlocked)
        )
    except numba.core.errors.NumbaError as error:
        raise TypeError(f"{function.__qualname__} cannot be compiled for {signature}: {error}") from error
    module = llvm.parse_assembly(entry.inspect_llvm())
    module.get_function(entry.native_name).name = NAME
    _keep_only(module, NAME, target)
    declared = {each.name for each in module.functions if each.is_declaration}
    if strange := {name for name in declared if not name.startswith("llvm.")} - set(OUTSIDE):
        raise TypeError(f"{function.__qualname__} makes arrays or raises: it calls {sorted(strange)}")
    return bytes(target.emit_object(module))


def _entry(function: FunctionType, signature: Signature, *, unlocked: bool) -> Any:
    """The function over addresses, written as text: it has an argument for each of the other's.

    `types` is the tuple `TYPES`, `given` points to the arguments; all are addresses as whole numbers.
    """
    space: dict[str, Any] = {"function": _native(function), "word": _word, "unlike": _unlike}
    space |= {"pointer": _pointer, "carray": numba.carray} | _PYTHON
    checks, told = [f"count != {len(signature)}"], []
    for place, of in enumerate(signature):
        one = f"word(given, {place})"
        kind = f"word(types, {_FIRST + TYPES.index(of if isinstance(of, type) else np.ndarray)})"
        if isinstance(of, type):
            checks.append(f"word({one}, {_TYPE}) != {kind}")
            told.append(f"{'PyFloat_AsDouble' if of is float else 'PyLong_AsLongLong'}({one})")
            continue
        dtype, ndim = np.dtype(of[0]), of[1]
        checks.append(f"unlike({one}, {kind}, {dtype.num}, {ndim})")
        space[f"type_{place}"] = dtype.type
        shape = "".join(f"word(word({one}, {_SHAPE}), {axis}), " for axis in range(ndim))
        told.append(f"carray(pointer(word({one}, {_DATA})), ({shape}), type_{place})")
    named = [f"given_{place}" for place in range(len(signature))]
    nothing = function.__annotations__.get("return") in {None, "None"}
    lines = [
        "def entry(types, given, count):",
        f"    if {' or '.join(checks)}:",
        f"        return PyLong_FromLongLong({OTHER})",
        *(f"    {name} = {each}" for name, each in zip(named, told, strict=True)),
        "    thread = PyEval_SaveThread()" if unlocked else "",
        f"    found = function({', '.join(named)})",
        "    PyEval_RestoreThread(thread)" if unlocked else "",
        f"    return PyLong_FromLongLong({'0' if nothing else 'int(found)'})",
    ]
    exec("\n".join(lines), space)  # noqa: S102 - of names and numbers made here
    return space["entry"]


def _native(function: FunctionType) -> Any:
    """A function as numba knows it, and the compiled ones that it calls as well."""
    space = dict(function.__globals__)
    for name in function.__code__.co_names:
        if isinstance(space.get(name), FunctionType) and space[name] in NATIVE:
            space[name] = NATIVE[space[name]]
        elif called := getattr(space.get(name), "py_func", None):
            space[name] = _native(called)
    return numba.njit(error_model="numpy")(FunctionType(function.__code__, space, function.__name__))


def _keep_only(module: Any, name: str, target: Any) -> None:
    """Put all into the one function that others may call, as far as can be, and drop what nothing uses."""
    for each in (*module.functions, *module.global_variables):
        if not each.is_declaration and each.name != name:
            each.linkage = "internal"
    passes = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)


@intrinsic  # type: ignore[untyped-decorator]
def _word(_typing: Any, _address: Any, _place: Any) -> Any:
    """The 8 bytes at a place, counted in such words, from an address on."""

    def generated(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        words = builder.inttoptr(given[0], ir.IntType(64).as_pointer())
        return builder.load(builder.gep(words, [given[1]]))

    return _WORD(_WORD, _WORD), generated


@intrinsic  # type: ignore[untyped-decorator]
def _pointer(_typing: Any, _address: Any) -> Any:
    """An address as `carray` takes it."""

    def generated(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.inttoptr(given[0], ir.IntType(8).as_pointer())

    return numba.types.voidptr(_WORD), generated


@numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]
def _unlike(array: int, kind: int, number: int, ndim: int) -> bool:
    """True unless an object is a plain array of this type and number of axes."""
    if _word(array, _TYPE) != kind or (_word(array, _NDIM) & 0xFFFFFFFF) != ndim:
        return True
    dtype = _word(_word(array, _DTYPE), _NUMBER)
    other = (dtype >> 32) != number or ((dtype >> 16) & 0xFF) not in _NATIVE
    return bool(other or (_word(array, _FLAGS) & _PLAIN) != _PLAIN)


_PYTHON = {
    name: numba.types.ExternalFunction(name, signature)
    for name, signature in {
        "PyEval_RestoreThread": numba.void(_WORD),
        "PyEval_SaveThread": _WORD(),
        "PyFloat_AsDouble": numba.float64(_WORD),
        "PyLong_AsLongLong": _WORD(_WORD),
        "PyLong_FromLongLong": _WORD(_WORD),
    }.items()
}
