"""Feature functions traced: the tape that makes their columns, and what it must be given.

Functions are traced one by one. What one that cannot be traced gives, run as NumPy, is an input of the tape:
who writes a feature need not know of tapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np

from customs.declaration import FIELD, Kind
from features.columns import DERIVED, KEY_NUMBERS, Columns, is_text
from features.definitions.declaration import CARRIED
from features.definitions.feature import Floats, Function, Inputs, Mask
from features.reference.row_numbers import MISSING as UNTOLD
from features.reference.tables import KNOWN_NAMES
from features.tape.graph import Graph
from features.tape.tape import Tape, written
from features.tape.traced import Traced, UntraceableError

CODE, COLUMN, DIFFER, HISTORY = "code", "column", "differ", "history"
LENGTH, MISSING, RUN = "length", "missing", "run"
"""Kinds of inputs: numbers of codes, columns that are numbers, whether texts differ, their lengths, whether
they are missing, what functions give that are run as NumPy; and history values. An input is named by its kind
and what it is of: of a function its place."""


def traced(functions: Sequence[Function], strengths: Mapping[str, float]) -> Tape:
    """Give the tape that makes one column of each function.

    >>> half = lambda inputs: inputs.count("hs6.known") / 2
    >>> in_order = lambda inputs: np.sort(inputs.number("cif"))
    >>> tape = traced([half, in_order], {})
    >>> tape.wholes, tape.numbers
    ((('history', 'hs6.known'),), (('run', 1),))
    """
    graph = Graph()
    columns, history = _Names(graph, COLUMN, _COLUMNS), _Names(graph, HISTORY, _HISTORY)
    inputs = _Asked(cast("Columns", columns), cast("Columns", history), strengths, {}, graph=graph)
    nodes = [_column(place, function, inputs) for place, function in enumerate(functions)]
    return written(graph, nodes, [(HISTORY, name) for name in KNOWN_NAMES])


def _column(place: int, function: Function, inputs: _Asked) -> int:
    """The node of what a function gives."""
    try:
        found: Any = function(inputs)
    except Exception:  # noqa: BLE001 - whatever fails here fails again as NumPy, if it is a fault
        return inputs.graph.given(RUN, place)
    if not isinstance(found, Traced) or found.nodes.ndim or found.raw:
        return inputs.graph.given(RUN, place)
    return int(found.nodes)


@dataclass(frozen=True)
class _Asked(Inputs):
    """Inputs that are traced arrays."""

    graph: Graph = field(default_factory=Graph)

    def code(self, name: str) -> Floats:
        return cast("Floats", _given(self.graph, CODE, name, np.float64))

    def known(self, name: str) -> Floats:
        values = replace(cast("Traced", self.history[name]), dtype=np.dtype(np.float64), most=np.inf)
        return np.where(cast("Mask", values == float(UNTOLD)), np.nan, cast("Floats", values))

    def differ(self, one: str, other: str) -> Mask:
        return cast("Mask", _given(self.graph, DIFFER, (one, other), np.bool_))

    def length(self, name: str) -> Floats:
        return cast("Floats", _given(self.graph, LENGTH, name, np.float64))

    def missing(self, name: str) -> Mask:
        if name in FIELD and is_text(FIELD[name]):
            return cast("Mask", _given(self.graph, MISSING, name, np.bool_))
        return np.isnan(self.number(name))


class _Names(Mapping[str, Any]):
    """Arrays by name, each of the type that it will have."""

    def __init__(self, graph: Graph, kind: str, types: Mapping[str, Any]) -> None:
        self._graph, self._kind, self._types = graph, kind, types

    def __getitem__(self, name: str) -> Traced:
        if name not in self._types:
            raise UntraceableError(name)
        return _given(self._graph, self._kind, name, self._types[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)


def _given(graph: Graph, kind: str, name: Any, dtype: Any) -> Traced:
    most = _MOST_COUNTED if kind == HISTORY else _MOST[np.dtype(dtype)]
    return Traced(graph, np.array(graph.given(kind, name, most=most)), np.dtype(dtype), most)


def _type(name: str) -> Any:
    """The type of a column of numbers."""
    if name in FIELD:
        return np.int64 if name in KEY_NUMBERS or FIELD[name].kind is Kind.INSTANT else np.float64
    return _DERIVED.get(name, np.int64)


_MOST = {
    np.dtype(np.float64): np.inf,
    np.dtype(np.bool_): 1.0,
    np.dtype(np.int32): float(1 << 30),
} | dict.fromkeys((np.dtype(np.int64), np.dtype(np.uint64)), float(1 << 51))
_MOST_COUNTED = float(1 << 39)
"""What the history counts may be at most where integers are reckoned with: half a trillion."""

_DERIVED: dict[str, Any] = {"customs_date": np.int32, "known_date": np.int32, "warnings": np.uint64}
_COLUMNS = {
    name: _type(name)
    for name in (*FIELD, *DERIVED, *CARRIED)
    if name not in FIELD or not is_text(FIELD[name])
}
_HISTORY = dict.fromkeys(KNOWN_NAMES, np.int64)
