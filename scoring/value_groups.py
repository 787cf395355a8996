"""The groups in which a value interval is to cover: chapter, tenth of mass, how well the goods are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from scoring.conformal import Groups
from scoring.errors import ScoringError
from scoring.known_values import PLACE

Integers = NDArray[np.int64]

KNOWN: tuple[tuple[str, str, int], ...] = (
    ("subheading_300", "hs6", 300),
    ("subheading_30", "hs6", 30),
    ("subheading_5", "hs6", 5),
    ("subheading_3", "hs6", 3),
    ("heading", "hs4", 3),
    ("chapter", "hs2", 3),
)
"""How well goods are known: name, level of the code, and the least items of it among those that taught."""

STRANGE = "strange"
"""Goods of whose chapter nothing is known."""

THIN: frozenset[str] = frozenset({"subheading_5", "subheading_3", "heading", "chapter", STRANGE})
"""Goods that few items, or none, taught of."""


@dataclass(frozen=True)
class ValueGroups:
    """Names the groups of items; `mass_edges` are the net masses at which a tenth ends and the next begins.

    >>> ValueGroups((1.0, 9.0)).tenth(np.array([0.5, 1.0, 20.0, np.nan])).tolist()
    ['0', '1', '2', '2']
    """

    mass_edges: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse edges that do not rise."""
        if not all(a < b for a, b in pairwise((0.0, *self.mass_edges, float("inf")))):
            raise ScoringError("edges of mass do not rise", remedy="train the value model again")

    @classmethod
    def fit(cls, net_kg: NDArray[np.float64]) -> ValueGroups:
        """Learn the tenths from net masses above zero; where one mass fills several, they are one."""
        edges = np.unique(np.quantile(net_kg, np.linspace(0.1, 0.9, 9), method="higher"))
        return cls(tuple(edges[edges > net_kg.min()].tolist()))

    def of(self, columns: Columns, sums: Integers) -> Groups:
        """Give the groups of each row; `sums` are what `KnownValues.sums_of` gives of it."""
        return {
            "chapter": np.array([(code or "")[:2] for code in columns["hs_code"].tolist()], dtype=object),
            "mass": self.tenth(columns["net_kg"]),
            "known": how_known(sums),
        }

    def tenth(self, net_kg: NDArray[np.float64]) -> NDArray[np.object_]:
        """Give the number of the tenth of each mass, as text."""
        names = np.array([str(number) for number in range(len(self.mass_edges) + 1)], dtype=object)
        return names[np.searchsorted(np.array(self.mass_edges), net_kg, side="right")]

    def to_json(self) -> dict[str, Any]:
        """Give the edges as JSON values."""
        return {"mass_edges": list(self.mass_edges)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ValueGroups:
        """Read what to_json wrote."""
        return cls(tuple(float(edge) for edge in data["mass_edges"]))


def how_known(sums: Integers) -> NDArray[np.object_]:
    """Give how well each row's goods are known: the first of `KNOWN` that they reach."""
    reached = sums[_LEVEL, 0] >= _LEAST
    found: NDArray[np.object_] = _NAMES[np.where(reached.any(axis=0), reached.argmax(axis=0), len(KNOWN))]
    return found


_LEVEL = np.array([PLACE[level] for _, level, _ in KNOWN])
_LEAST = np.array([[least] for _, _, least in KNOWN])
_NAMES = np.array([*(name for name, _, _ in KNOWN), STRANGE], dtype=object)
