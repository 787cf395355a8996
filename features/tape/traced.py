"""An array that notes what is done with it, as steps for one row.

What cannot be noted, or not so that the result is that of NumPy to the bit, raises `UntraceableError`, and
the function is left to NumPy. So it is with all in which rows meet (sums over them, sorting, their number),
with choices made in Python, with texts, and with functions whose last bit differs from one library to
another: a logarithm is noted only where it is rounded next.

Steps count in float64, which is exact for integers up to 2^53. Each array of integers knows its bound: inputs
that go into integer arithmetic are held to theirs when the steps are run, and what might grow beyond what is
exact cannot be traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from features.tape import kernels
from features.tape.graph import CONSTANT, Graph

_EXACT = float(1 << 53)
_FINEST = 1e4
"""Parts of 1 that a logarithm may be rounded to: the last bit of the largest is a billionth of one."""

_FLOAT, _BOOL = np.dtype(np.float64), np.dtype(np.bool_)


class UntraceableError(Exception):
    """What a function does with its arrays cannot be noted."""


@dataclass(frozen=True, eq=False)
class Traced(NDArrayOperatorsMixin):
    """Stands for an array whose last axis is the rows; `nodes` has the shape of its other axes.

    `most` bounds the absolute value of integers. `raw` says that it is a logarithm not yet rounded.

    >>> graph = Graph()
    >>> x = Traced(graph, np.array(graph.given("x")), np.dtype(float))
    >>> np.where(x > 1, x, np.nan).dtype, len(graph.nodes)
    (dtype('float64'), 5)
    """

    graph: Graph
    nodes: NDArray[Any]
    dtype: np.dtype[Any]
    most: float = np.inf
    raw: bool = False

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Traced:
        """Note a universal function."""
        if method != "__call__" or options:
            _refuse(f"{ufunc.__name__} {method}")
        return _applied(self.graph, ufunc, inputs)

    def __array_function__(
        self, function: Callable[..., Any], _: Any, given: Sequence[Any], options: Mapping[str, Any]
    ) -> Any:
        """Note one of NumPy's other functions."""
        if function not in _FUNCTIONS:
            _refuse(function.__name__)
        return _FUNCTIONS[function](self.graph, *given, **options)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse to be made an array."""
        _refuse("an array of its values")

    def __bool__(self) -> bool:
        """Refuse to be judged by Python."""
        return _refuse("a choice by its values")

    def __len__(self) -> int:
        """Give the length of the first axis, which must not be that of the rows."""
        return len(self.nodes) if self.nodes.ndim else _refuse("the number of rows")

    def __iter__(self) -> Iterator[Traced]:
        """Give what lies along the first axis."""
        return (self[place] for place in range(len(self)))

    def __getitem__(self, index: Any) -> Traced:
        """Give some of it; the axis of rows stays whole."""
        parts = index if isinstance(index, tuple) else (index,)
        if any(part is Ellipsis for part in parts):
            _refuse("an ellipsis")
        return replace(self, nodes=np.asarray(self.nodes[index]))

    @property
    def shape(self) -> NoReturn:
        """Refuse to say how many rows there are."""
        _refuse("the number of rows")

    @property
    def ndim(self) -> int:
        """The number of axes, that of the rows among them."""
        return self.nodes.ndim + 1

    def reshape(self, *shape: Any) -> Traced:
        """Give it with other axes before that of the rows."""
        *front, last = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple) else shape
        if last != -1 or -1 in front:
            _refuse("a shape without its rows last")
        return replace(self, nodes=self.nodes.reshape(front))

    def astype(self, dtype: Any) -> Traced:
        """Give it as floats, truths or wider integers."""
        to = np.dtype(dtype)
        if to == _BOOL:
            return self if self.dtype == _BOOL else self != 0
        if to == _FLOAT or (
            to.kind in "iu" and self.dtype.kind in "bi" and np.can_cast(self.dtype, to, "safe")
        ):
            return replace(self, dtype=to)
        return _refuse(f"{self.dtype} as {to}")

    def any(self, axis: int) -> Traced:
        """Give whether one along an axis is true."""
        return self._reduced(np.logical_or, self.astype(bool), axis)

    def all(self, axis: int) -> Traced:
        """Give whether each along an axis is true."""
        return self._reduced(np.logical_and, self.astype(bool), axis)

    def sum(self, axis: int) -> Traced:
        """Give the sum of truths or integers along an axis; that of floats depends on the order."""
        if self.dtype.kind not in "bi":
            _refuse("a sum of floats")
        return self._reduced(np.add, self.astype(np.int64), axis)

    def _reduced(self, ufunc: np.ufunc, values: Traced, axis: int) -> Traced:
        if not 0 <= axis < self.nodes.ndim:
            _refuse("a sum over rows")
        lines = np.moveaxis(values.nodes, axis, 0)
        return reduce(ufunc, (replace(values, nodes=np.asarray(line)) for line in lines))


@dataclass(frozen=True)
class _Joined:
    """Rows of several arrays one after the other, which are only good for being laid in lines."""

    whole: Traced

    def reshape(self, *shape: Any) -> Traced:
        return self.whole.reshape(*shape)


def _applied(graph: Graph, ufunc: np.ufunc, inputs: Sequence[Any]) -> Traced:
    """What a universal function makes of arrays and constants, by the types that NumPy reckons in."""
    name = ufunc.__name__
    if name.startswith("logical"):
        inputs = [_traced(graph, each).astype(bool) for each in inputs]
    *of, dtype = ufunc.resolve_dtypes((*map(_kind, inputs), None))
    loop = "b" if all(kind == _BOOL for kind in of) else "i" if all(kind.kind in "iu" for kind in of) else "f"
    if name not in _STEPS[loop] or (loop == "f" and any(kind != _FLOAT for kind in of)):
        _refuse(f"{name} of {of}")
    arrays = [_traced(graph, each) for each in inputs]
    most = _bound(name, arrays, dtype) if loop == "i" else np.inf
    if any(each.raw for each in arrays) and not _keeps_raw(name, inputs):
        _refuse("a logarithm that is not rounded next")
    if name in _SWAPPED:
        arrays.reverse()
    made = _noted(graph, _STEPS[loop][name], arrays, dtype, most)
    if loop == "i" and name in _SIGNED_ZEROS:
        made = _noted(graph, kernels.ADD, [made, _traced(graph, 0)], dtype, most)
    return replace(made, raw=name == "log" or (name == "multiply" and any(each.raw for each in arrays)))


def _keeps_raw(name: str, inputs: Sequence[Any]) -> bool:
    """Does it round a logarithm, or bring it to the unit in which it will be rounded?"""
    units = [np.abs(each).max() for each in inputs if not isinstance(each, Traced)]
    return name == "rint" or (name == "multiply" and len(units) == 1 and units[0] <= _FINEST)


def _bound(name: str, arrays: Sequence[Traced], dtype: np.dtype[Any]) -> float:
    """The bound of a result of integers, whose operands must be exact unless what is asked is their order."""
    ordered = name in _COMPARED and any(map(_is_constant, arrays))
    if not ordered and name not in {"minimum", "maximum"}:
        for each in arrays:
            each.graph.exact.update(each.nodes.ravel().tolist())
    most = (
        _BOUNDS[name](*(each.most for each in arrays))
        if name in _BOUNDS
        else max(each.most for each in arrays)
    )
    unsigned = any(each.dtype.kind == "u" for each in arrays) and name in {"subtract", "negative"}
    divided = name == "remainder" and not (_is_constant(arrays[1]) and 0.0 not in _values(arrays[1]))
    if unsigned or divided or (dtype.kind in "iu" and most > min(_EXACT, np.iinfo(dtype).max)):
        _refuse(f"{name} of integers without bounds")
    return most


def _is_constant(array: Traced) -> bool:
    return all(array.graph.nodes[node].op == CONSTANT for node in array.nodes.ravel().tolist())


def _values(constant: Traced) -> list[float]:
    return [constant.graph.nodes[node].value for node in constant.nodes.ravel().tolist()]


def _noted(graph: Graph, op: int, arrays: Sequence[Traced], dtype: np.dtype[Any], most: float) -> Traced:
    lines = np.broadcast_arrays(*(each.nodes for each in arrays))
    steps = [graph.node(op, *of) for of in zip(*(line.ravel().tolist() for line in lines), strict=True)]
    nodes = np.array(steps, np.intp).reshape(lines[0].shape)
    return Traced(graph, nodes, dtype, 1.0 if dtype == _BOOL else most)


def _traced(graph: Graph, value: Any) -> Traced:
    """An array as it is, a constant as one."""
    if isinstance(value, Traced):
        return value
    array = np.asarray(value)
    if array.dtype != _FLOAT and array.dtype.kind not in "biu":
        _refuse(f"a constant of {array.dtype}")
    most = max(map(abs, array.ravel().tolist()), default=0)
    if array.dtype.kind in "iu" and most >= _EXACT:
        _refuse("a constant that is not exact")
    lines = (
        array if array.ndim == 0 else array[..., 0] if array.shape[-1] == 1 else _refuse("a constant a row")
    )
    nodes = [graph.constant(float(each)) for each in lines.ravel().tolist()]
    return Traced(graph, np.array(nodes, np.intp).reshape(lines.shape), array.dtype, float(most))


def _kind(value: Any) -> Any:
    """The type that NumPy reckons with: Python's own numbers take that of what they meet."""
    if type(value) in {int, float}:
        return type(value)
    return value.dtype if isinstance(value, Traced) else np.asarray(value).dtype


def _where(graph: Graph, condition: Any, one: Any, other: Any) -> Traced:
    chosen, arrays = _traced(graph, condition).astype(bool), [_traced(graph, each) for each in (one, other)]
    if any(each.raw for each in arrays):
        _refuse("a logarithm that is not rounded next")
    dtype = np.result_type(*(_zero(each) for each in (one, other)))
    if dtype != _FLOAT and dtype.kind not in "biu":
        _refuse(f"where of {dtype}")
    most = max(each.most for each in arrays) if dtype.kind in "iu" else np.inf
    return _noted(graph, kernels.WHERE, [chosen, *arrays], dtype, most)


def _zero(value: Any) -> Any:
    kind = _kind(value)
    return kind(0) if kind in {int, float} else kind


def _stack(graph: Graph, arrays: Sequence[Any], axis: int = 0) -> Traced:
    lines = [_traced(graph, each) for each in arrays]
    if not 0 <= axis <= lines[0].nodes.ndim:
        _refuse("a stack along rows")
    return _as_one(graph, lines, np.stack([line.nodes for line in lines], axis))


def _concatenate(graph: Graph, arrays: Sequence[Any], axis: int = 0) -> Traced | _Joined:
    lines = [_stack(graph, each) if isinstance(each, list) else _traced(graph, each) for each in arrays]
    if axis == 0 and all(line.nodes.ndim == 0 for line in lines):
        return _Joined(_stack(graph, lines))
    if not 0 <= axis < lines[0].nodes.ndim:
        _refuse("rows after rows")
    return _as_one(graph, lines, np.concatenate([line.nodes for line in lines], axis))


def _as_one(graph: Graph, parts: Sequence[Traced], nodes: NDArray[Any]) -> Traced:
    if any(part.raw for part in parts):
        _refuse("a logarithm that is not rounded next")
    return Traced(
        graph, nodes, np.result_type(*(part.dtype for part in parts)), max(part.most for part in parts)
    )


def _refuse(what: str) -> NoReturn:
    raise UntraceableError(what)


_COMPARED = {
    "less": kernels.LESS,
    "less_equal": kernels.LESS_EQUAL,
    "greater": kernels.LESS,
    "greater_equal": kernels.LESS_EQUAL,
    "equal": kernels.EQUAL,
    "not_equal": kernels.NOT_EQUAL,
}
_RECKONED = {
    "add": kernels.ADD,
    "subtract": kernels.SUBTRACT,
    "multiply": kernels.MULTIPLY,
    "remainder": kernels.MODULO,
    "minimum": kernels.MINIMUM,
    "maximum": kernels.MAXIMUM,
    "absolute": kernels.ABSOLUTE,
    "negative": kernels.NEGATIVE,
}
_STEPS: dict[str, dict[str, int]] = {
    "b": {
        "logical_and": kernels.AND,
        "bitwise_and": kernels.AND,
        "logical_or": kernels.OR,
        "bitwise_or": kernels.OR,
        "logical_not": kernels.NOT,
        "invert": kernels.NOT,
        "equal": kernels.EQUAL,
        "not_equal": kernels.NOT_EQUAL,
    },
    "i": {**_RECKONED, **_COMPARED, "bitwise_and": kernels.BITS_AND, "bitwise_count": kernels.BIT_COUNT},
    "f": {
        **_RECKONED,
        **_COMPARED,
        "divide": kernels.DIVIDE,
        "fmod": kernels.FMOD,
        "fmin": kernels.FMIN,
        "fmax": kernels.FMAX,
        "rint": kernels.RINT,
        "floor": kernels.FLOOR,
        "sqrt": kernels.SQRT,
        "log": kernels.LOG,
        "isnan": kernels.IS_NAN,
        "isfinite": kernels.IS_FINITE,
    },
}
"""By what NumPy reckons in, truths, integers or floats: the step that each universal function is."""

_SWAPPED = frozenset({"greater", "greater_equal"})
_SIGNED_ZEROS = frozenset({"multiply", "negative", "remainder"})
"""What may make a zero with a sign, which integers have not."""

_BOUNDS: dict[str, Callable[..., float]] = {
    "add": lambda one, other: one + other,
    "subtract": lambda one, other: one + other,
    "multiply": lambda one, other: one * other,
    "bitwise_count": lambda _: 64.0,
}
_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.stack: _stack,
    np.concatenate: _concatenate,
    np.any: lambda _, values, axis: values.any(axis),
    np.all: lambda _, values, axis: values.all(axis),
    np.sum: lambda _, values, axis: values.sum(axis),
}
