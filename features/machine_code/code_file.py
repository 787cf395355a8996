"""Object code kept on the disk: where Python keeps what it compiled, else in the user's cache."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any
from uuid import uuid4

import numpy as np

from features.machine_code.loader import processor, target
from features.machine_code.signature import Signature

_SIZE = 32


def object_code(function: FunctionType, signature: Signature, *, unlocked: bool) -> bytes:
    """Give the object code of a function for arguments of these types: from the disk, or made and kept there.

    What was made of another text, by another compiler or for another processor is not taken, nor what is
    damaged. Where no folder can be written to it is made in each process.
    """
    said = repr([_said(function), signature, unlocked, _maker(), processor()]).encode()
    paths = [folder / _name(function, signature) for folder in _folders(function)]
    for path in paths:
        with suppress(OSError):
            whole = path.read_bytes()
            if whole[:_SIZE] == _seal(said, whole[_SIZE:]):
                return whole[_SIZE:]
    from features.machine_code.compiler import made  # noqa: PLC0415 - the compiler takes a second to start

    code = made(function, signature, target(), unlocked=unlocked)
    for path in paths:
        with suppress(OSError):
            _write(path, _seal(said, code) + code)
            break
    return code


def _said(function: FunctionType) -> list[Any]:
    """All that the code depends on: the function's own, what it calls, and numbers of its module."""
    space = function.__globals__
    used = {name: _value(space[name]) for name in function.__code__.co_names if name in space}
    return [_instructions(function.__code__), function.__annotations__.get("return"), used]


def _value(of: Any) -> Any:
    if hasattr(of, "py_func"):
        return _said(of.py_func)
    return repr(of) if isinstance(of, int | float | np.generic) else getattr(of, "__name__", None)


def _instructions(code: CodeType) -> list[Any]:
    inner = [_instructions(each) if isinstance(each, CodeType) else each for each in code.co_consts]
    return [code.co_code, inner, code.co_names, code.co_varnames]


@cache
def _maker() -> list[Any]:
    """What makes code out of a text."""
    compiler = [Path(__file__).with_name(name).read_bytes() for name in ("compiler.py", "vectors.py")]
    return [*compiler, sys.version, *(f"{name} {version(name)}" for name in ("llvmlite", "numba", "numpy"))]


def _seal(said: bytes, code: bytes) -> bytes:
    return blake2b(said + code, digest_size=_SIZE).digest()


def _name(function: FunctionType, signature: Signature) -> str:
    of = repr([function.__qualname__, signature, processor()]).encode()
    return f"{Path(function.__code__.co_filename).stem}.{blake2b(of, digest_size=8).hexdigest()}.o"


def _folders(function: FunctionType) -> list[Path]:
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tamiz"
    return [Path(cache_from_source(function.__code__.co_filename)).parent, own]


def _write(path: Path, whole: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{uuid4().hex}")
    draft.write_bytes(whole)
    draft.replace(path)
