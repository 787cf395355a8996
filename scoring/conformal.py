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

FOLDS = 5
"""Parts of the rows, each of which tells what the parts of groups fitted to the others leave."""

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
        number of rows can tell. What all are moved by is taken from rows that the parts of groups did not
        see, fold by fold: parts fitted to few rows would promise too much. `weight` is what a row counts
        for, 1 by default.
        """
        if not beyond.size:
            return cls()
        rows = _Rows.of(beyond, groups, np.ones_like(beyond) if weight is None else weight, miss)
        fold = np.arange(len(beyond)) % FOLDS
        left = np.empty_like(beyond)
        for number in range(min(FOLDS, len(beyond))):
            left[fold == number] = rows.left(rows.only(fold != number).parts())[fold == number]
        return cls(upper_quantile(left, miss, rows.weight), rows.named(rows.parts()))

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


@dataclass(frozen=True)
class _Rows:
    """Rows with the numbers of their groups by grouping, and the names of the groups."""

    beyond: Floats
    weight: Floats
    miss: float
    names: Mapping[str, NDArray[np.str_]]
    places: Mapping[str, NDArray[np.int64]]

    @classmethod
    def of(cls, beyond: Floats, groups: Groups, weight: Floats, miss: float) -> _Rows:
        found = {name: np.unique(labels.astype(str), return_inverse=True) for name, labels in groups.items()}
        names = {name: labels for name, (labels, _) in found.items()}
        return cls(beyond, weight, miss, names, {name: place for name, (_, place) in found.items()})

    def only(self, rows: NDArray[np.bool_]) -> _Rows:
        places = {name: place[rows] for name, place in self.places.items()}
        return _Rows(self.beyond[rows], self.weight[rows], self.miss, self.names, places)

    def parts(self) -> dict[str, Floats]:
        """Give what each group is moved by beyond all, found grouping by grouping."""
        parts = {name: np.zeros(len(labels)) for name, labels in self.names.items()}
        if not self.beyond.size:
            return parts
        for _ in range(_PASSES):
            for name in parts:
                rest = self.left({other: part for other, part in parts.items() if other != name})
                parts[name] = self._moved(rest, name)
        return parts

    def left(self, parts: Mapping[str, Floats]) -> Floats:
        """Give how far each value lies beyond its end moved by the parts of its groups."""
        rest = self.beyond.copy()
        for name, part in parts.items():
            rest -= part[self.places[name]]
        return rest

    def named(self, parts: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
        return {
            name: dict(zip(self.names[name].tolist(), part.tolist(), strict=True))
            for name, part in parts.items()
        }

    def _moved(self, rest: Floats, name: str) -> Floats:
        """Give the quantile of each group, its rows taken together with all rows, less that of all."""
        order = np.argsort(rest, kind="stable")
        values, weight, place = rest[order], self.weight[order], self.places[name][order]
        reached = np.cumsum(weight) * STRENGTH / weight.sum()
        by_group = np.argsort(place, kind="stable")
        ends = np.cumsum(np.bincount(place, minlength=len(self.names[name])))
        found = [values[_reaching(own, weight, reached, self.miss)] for own in np.split(by_group, ends[:-1])]
        return np.array(found) - upper_quantile(rest, self.miss, self.weight)


def _reaching(own: NDArray[np.int64], weight: Floats, reached: Floats, miss: float) -> int:
    """Give the first place in the order of values at which a group's own rows and those of all suffice.

    `own` are the places of its rows, rising; `reached` is the weight of all rows up to each place.
    """
    mine = np.concatenate([[0.0], np.cumsum(weight[own])])
    needed = (mine[-1] + reached[-1]) * (1 - miss) - 1e-9
    passed = int(np.searchsorted(mine[1:] + reached[own], needed))
    place = int(np.searchsorted(reached, needed - mine[passed]))
    return min(place, int(own[passed]) if passed < len(own) else len(reached) - 1)
