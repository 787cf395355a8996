"""Conformal offsets by group: how far the ends of an interval are moved so that it covers in every group.

Groupings overlap (chapter, mass, how well the goods are known), so what a row's end is moved by is a sum: one
part for all rows and one of its group in each grouping, found grouping by grouping until each holds given
the others. A small group is taken together with rows of all groups: it moves as far as its own rows can tell.

Sources: Romano, Patterson & Candès 2019, NeurIPS (conformalised quantiles); Gibbs, Cherian & Candès 2023,
arXiv 2305.12616 (coverage in overlapping groups, by a quantile fit on their indicators).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ScoringError

Floats = NDArray[np.float64]
Groups = Mapping[str, NDArray[np.object_]]
"""By grouping, the group of each row."""

STRENGTH = 50.0
"""Weight of the rows of all groups that a group's own rows are taken together with."""

_PASSES = 4


@dataclass(frozen=True)
class Offset:
    """What an end of the interval is moved outwards by: one part for all, and one by grouping and group.

    >>> Offset(0.5, {"chapter": {"61": 0.25}}).of({"chapter": np.array(["61", "02"], object)})
    array([0.75, 0.5 ])
    """

    everywhere: float = 0.0
    by_group: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse offsets that are not finite."""
        parts = [self.everywhere, *(part for groups in self.by_group.values() for part in groups.values())]
        if not all(map(math.isfinite, parts)):
            raise ScoringError("a conformal offset is not finite", remedy="train the value model again")

    @classmethod
    def fit(cls, beyond: Floats, groups: Groups, miss: float, weight: Floats | None = None) -> Offset:
        """Learn from how far `beyond` the end each value lay (negative within), on rows no model learnt from.

        A new row then lies beyond its moved end with probability `miss` at most, in each group as well as its
        number of rows can tell. `weight` is what a row counts for, 1 by default.
        """
        if not beyond.size:
            return cls()
        rows = np.ones_like(beyond) if weight is None else weight
        numbered = {
            name: np.unique(labels.astype(str), return_inverse=True) for name, labels in groups.items()
        }
        parts = {name: np.zeros(len(labels)) for name, (labels, _) in numbered.items()}
        for _ in range(_PASSES):
            for name, (_, place) in numbered.items():
                rest = beyond - _sum(parts, numbered, but=name)
                parts[name] = _moved(rest, place, len(parts[name]), miss, rows)
        rest = beyond - _sum(parts, numbered)
        by_group = {
            name: dict(zip(labels.tolist(), parts[name].tolist(), strict=True))
            for name, (labels, _) in numbered.items()
        }
        return cls(upper_quantile(rest, miss, rows), by_group)

    def of(self, groups: Groups) -> Floats:
        """Give what the end of each row is moved by; a group that was never seen adds nothing."""
        count = len(next(iter(groups.values()), ()))
        total = np.full(count, self.everywhere)
        for name, parts in self.by_group.items():
            total += np.array([parts.get(label, 0.0) for label in groups[name].tolist()], dtype=np.float64)
        return total

    def to_json(self) -> dict[str, Any]:
        """Give the parts as JSON values; floats survive to the last bit."""
        return {"everywhere": self.everywhere, "by_group": {k: dict(v) for k, v in self.by_group.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Offset:
        """Read what to_json wrote."""
        parts = {
            str(name): {str(group): float(part) for group, part in groups.items()}
            for name, groups in data["by_group"].items()
        }
        return cls(float(data["everywhere"]), parts)


def upper_quantile(values: Floats, miss: float, weight: Floats) -> float:
    """Give what a new value exceeds with probability `miss` at most; the largest where rows are too few.

    >>> upper_quantile(np.arange(1.0, 20.0), 0.1, np.ones(19))
    18.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    needed = (reached[-1] + 1) * (1 - miss) - 1e-9
    return float(values[order[min(int(np.searchsorted(reached, needed)), len(values) - 1)]])


def _moved(rest: Floats, place: NDArray[np.int64], groups: int, miss: float, weight: Floats) -> Floats:
    """Give what each group lies beyond the quantile of all, its rows taken together with all rows."""
    everywhere = upper_quantile(rest, miss, weight)
    share = STRENGTH / weight.sum()
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place, minlength=groups))
    found = np.empty(groups)
    for number, own in enumerate(np.split(order, ends[:-1])):
        values = np.concatenate([rest[own], rest])
        found[number] = upper_quantile(values, miss, np.concatenate([weight[own], share * weight]))
    return found - everywhere


def _sum(
    parts: Mapping[str, Floats],
    numbered: Mapping[str, tuple[NDArray[Any], NDArray[np.int64]]],
    but: str | None = None,
) -> Floats:
    lines = [parts[name][place] for name, (_, place) in numbered.items() if name != but]
    return np.sum(lines, axis=0) if lines else np.zeros(1)
