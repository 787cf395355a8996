"""Steps for one row, noted in the order in which they can be done, none of them twice."""

from __future__ import annotations

import struct
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

GIVEN, CONSTANT = -1, -2
"""What is no step: an input, by its name, and a constant."""


@dataclass(frozen=True)
class Node:
    """A step: what is done (`features.tape.kernels`) with which nodes; or what is `GIVEN` or `CONSTANT`.

    `value` is that of a constant, and the bound of an input that must be exact.
    """

    op: int
    of: tuple[int, ...] = ()
    name: tuple[Any, ...] = ()
    value: float = 0.0


@dataclass
class Graph:
    """Nodes, each after those that it is made of.

    `exact` are the nodes that go into integer arithmetic, and must be whole and within its bounds.

    >>> graph = Graph()
    >>> one, x = graph.constant(1.0), graph.given("x")
    >>> graph.node(3, x, one) == graph.node(3, x, one), len(graph.nodes)
    (True, 3)
    """

    nodes: list[Node] = field(default_factory=list)
    exact: set[int] = field(default_factory=set)
    _known: dict[Hashable, int] = field(default_factory=dict)

    def node(self, op: int, *of: int) -> int:
        """Give the number of a step."""
        return self._once((op, *of), Node(op, of))

    def constant(self, value: float) -> int:
        """Give the number of a constant, which is told from others by its bits."""
        return self._once((CONSTANT, struct.pack("d", value)), Node(CONSTANT, value=value))

    def given(self, *name: Any, most: float = np.inf) -> int:
        """Give the number of an input."""
        return self._once((GIVEN, *name), Node(GIVEN, name=name, value=most))

    def _once(self, key: Hashable, node: Node) -> int:
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(node)
        return self._known[key]
