"""The tape: steps for one row in the order in which they are done, and the registers they are done in.

Each column of the matrix is made in turn, of the steps that are not yet done, and written at once; a
register is used again as soon as nothing needs its value any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.tape import kernels
from features.tape.graph import CONSTANT, GIVEN, Graph

Floats = NDArray[np.float64]
Wide = NDArray[np.int64]
Name = tuple[Any, ...]
_WIDTH = 5


@dataclass(frozen=True)
class Tape:
    """Steps (n, 5) as `features.tape.kernels.run` takes them, and the names of the inputs, in their order.

    `numbers` are inputs held in float64, `wholes` integers; `most_number` and `most_whole` bound them.

    >>> graph = Graph()
    >>> x, y = graph.given("x"), graph.given("y")
    >>> tape = written(graph, [graph.node(kernels.ADD, x, y)], wholes=[("y",)])
    >>> tape.numbers, tape.wholes
    ((('x',),), (('y',),))
    >>> matrix = np.empty((2, 1))
    >>> tape.run(np.array([[0.5, 1.0]]), np.array([[1, 2]]), np.arange(1), matrix), matrix.tolist()
    (True, [[1.5], [3.0]])
    """

    code: NDArray[np.int32]
    registers: int
    constants: Floats
    numbers: tuple[Name, ...]
    wholes: tuple[Name, ...]
    most_number: Floats
    most_whole: Floats

    def run(self, numbers: Floats, wholes: Wide, places: Wide, into: Floats) -> bool:
        """Fill a matrix (rows, columns); False where an integer is too large for the steps to be exact.

        `numbers` are (names, rows), the integers the lines `places` of `wholes`; all arrays are contiguous.
        """
        block = max(1, min(len(into), kernels.BLOCK))
        return bool(
            kernels.run(
                self.code,
                np.empty((self.registers, block), np.float64),
                self.constants,
                numbers,
                wholes,
                places,
                self.most_number,
                self.most_whole,
                into,
            )
        )


def written(graph: Graph, columns: Sequence[int], wholes: Collection[Name]) -> Tape:
    """Give the tape whose columns are these nodes; `wholes` names the inputs that are integers."""
    order, named = list(_order(graph, columns)), graph.nodes
    constants = [node for node in order if named[node].op == CONSTANT]
    given = sorted((node for node in order if named[node].op == GIVEN), key=lambda node: named[node].name)
    numbers, whole = (
        [node for node in given if (named[node].name in wholes) is among] for among in (False, True)
    )
    loads = {node: (kernels.LOAD_NUMBER, place) for place, node in enumerate(numbers)}
    loads |= {node: (kernels.LOAD_WHOLE, place) for place, node in enumerate(whole)}
    writing = _Writing(graph, order, columns, constants, loads)
    exact = _exact(graph)
    most_number, most_whole = (
        np.array([named[node].value if node in exact else np.inf for node in nodes], np.float64)
        for nodes in (numbers, whole)
    )
    return Tape(
        code=np.array(writing.code, np.int32).reshape(-1, _WIDTH),
        registers=writing.registers,
        constants=np.array([named[node].value for node in constants], np.float64),
        numbers=tuple(named[node].name for node in numbers),
        wholes=tuple(named[node].name for node in whole),
        most_number=most_number,
        most_whole=most_whole,
    )


def _order(graph: Graph, columns: Sequence[int]) -> Iterator[int]:
    """Nodes that the columns are made of, each after those it is made of and as late as may be."""
    done: set[int] = set()
    waiting = list(reversed(columns))
    while waiting:
        node = waiting[-1]
        if left := [each for each in graph.nodes[node].of if each not in done]:
            waiting.extend(reversed(left))
            continue
        waiting.pop()
        if node not in done:
            done.add(node)
            yield node


class _Writing:
    """Steps being written down, each with the registers it is done in; the first ones hold the constants."""

    def __init__(
        self,
        graph: Graph,
        order: Sequence[int],
        columns: Sequence[int],
        constants: Sequence[int],
        loads: Mapping[int, tuple[int, int]],
    ) -> None:
        self.code: list[tuple[int, ...]] = []
        self.registers = len(constants)
        self._graph = graph
        self._held = {node: register for register, node in enumerate(constants)}
        self._kept = frozenset(constants)
        self._free: list[int] = []
        self._loads = loads
        self._last = {each: node for node in order for each in graph.nodes[node].of}
        self._columns = defaultdict(list)
        for column, node in enumerate(columns):
            self._columns[node].append(column)
        for node in order:
            self._write(node)

    def _write(self, node: int) -> None:
        if node not in self._kept:
            self._held[node] = self._register()
            self._step(self._held[node], *self._done(node))
        for column in self._columns[node]:
            self._step(column, kernels.STORE, self._held[node])
        for each in {node, *self._graph.nodes[node].of}:
            if self._last.get(each, node) == node and each not in self._kept:
                self._free.append(self._held[each])

    def _register(self) -> int:
        """A register that nothing needs, which is none of those the step reads."""
        if self._free:
            return self._free.pop()
        self.registers += 1
        return self.registers - 1

    def _done(self, node: int) -> tuple[int, ...]:
        """What is done, and with which registers or input."""
        step = self._graph.nodes[node]
        return self._loads.get(node) or (step.op, *(self._held[each] for each in step.of))

    def _step(self, to: int, op: int, *of: int) -> None:
        self.code.append((op, to, *of, *[0] * (_WIDTH - 2 - len(of))))


def _exact(graph: Graph) -> set[int]:
    """Nodes that go into integer arithmetic, themselves or by way of others that choose between them."""
    found: set[int] = set()
    waiting = list(graph.exact)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [] if graph.nodes[node].op in _TRUTHS else graph.nodes[node].of
    return found


_TRUTHS = frozenset(
    {
        kernels.LESS,
        kernels.LESS_EQUAL,
        kernels.EQUAL,
        kernels.NOT_EQUAL,
        kernels.IS_NAN,
        kernels.IS_FINITE,
        kernels.AND,
        kernels.OR,
        kernels.NOT,
    }
)
"""Steps whose result is 0 or 1, whatever they are made of."""
