"""All that is remembered at the end of a day: of every key its values, and what lies behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.history.entities import ENTITIES, ENTITY, LEVELS, Entity
from features.history.groups import ALL, LEVEL_ENTITIES, PAIRS, SERVANTS, WORDED, Group
from features.history.kernels import GRAMS, find, intern, place_all
from features.history.parts import Digests
from features.history.plan import Plan, plan_of
from features.history.threads import THREADS

Mask = NDArray[np.bool_]
Narrow = NDArray[np.int32]
Wide = NDArray[np.int64]

_ONE = np.uint64(1)


class Keys:
    """The keys of one entity, each with a slot: the place of all that is remembered of it."""

    def __init__(self, entity: Entity) -> None:
        self._parts = entity.parts
        self._table = np.full(16, -1, np.int32)
        self._keys = np.zeros((8, max(1, len(entity.parts))), np.uint64)
        self._count = np.zeros(1, np.int64)

    @property
    def count(self) -> int:
        """The number of keys."""
        return int(self._count[0])

    @property
    def digests(self) -> Digests:
        """The digests of the parts of each key (count, parts); a single 1 for the key without parts."""
        return self._keys[: self.count]

    def slots(self, parts: dict[str, Digests], *, new: bool, of: Mask | None = None) -> Narrow:
        """Give the slot of each row's key, of some rows alone if they are given; -1 where it has none.

        A key has none where it lacks a part, and where it is unknown, unless `new`.
        """
        wanted = self._wanted(parts)
        if of is not None:
            wanted[~of] = 0
        slots, done = np.empty(len(wanted), np.int32), 0
        if not new:
            find(self._table, self._keys, wanted, slots)
            return slots
        while (done := intern(self._table, self._keys, self._count, wanted, slots, done)) < len(wanted):
            self._make_room()
        return slots

    def _make_room(self) -> None:
        """Have room for one more key at least."""
        self._keys = grown(self._keys, self.count + 1)
        if 2 * self.count >= len(self._table):
            self._table = np.full(2 * len(self._table), -1, np.int32)
            place_all(self._table, self._keys, self.count)

    def _wanted(self, parts: dict[str, Digests]) -> Digests:
        if not self._parts:
            return np.full((len(next(iter(parts.values()))), 1), _ONE, np.uint64)
        return np.stack([parts[name] for name in self._parts], axis=1)


@dataclass
class Histograms:
    """Histograms of unit values by level and slot, over one pool of cells.

    `low` is the bin of the first cell, `room` the number of cells, `count` the sum of them. `taken` (1,) is
    how many cells of the pool are in use.
    """

    start: Narrow = field(default_factory=lambda: _grid(0))
    low: Narrow = field(default_factory=lambda: _grid(0))
    room: Narrow = field(default_factory=lambda: _grid(0))
    count: Narrow = field(default_factory=lambda: _grid(0))
    taken: Wide = field(default_factory=lambda: np.zeros(1, np.int64))
    cells: Narrow = field(default_factory=lambda: np.zeros(1_024, np.int32))

    def make_room(self, slots: int) -> None:
        """Have a line for each slot."""
        for name in ("start", "low", "room", "count"):
            setattr(self, name, grown(getattr(self, name), slots, axis=1))

    def put(self, level: int, slot: int, low: int, counts: Narrow) -> None:
        """Have this histogram for a slot that has none."""
        since = int(self.taken[0])
        until = since + len(counts)
        self.cells = grown(self.cells, until)
        self.cells[since:until] = counts
        self.start[level, slot], self.room[level, slot] = since, len(counts)
        self.low[level, slot], self.count[level, slot] = low, counts.sum()
        self.taken[0] = until

    def of(self, level: int, slot: int) -> tuple[int, Narrow]:
        """Give the lowest bin of a histogram that is not empty, and the counts from there to the highest."""
        start = self.start[level, slot]
        cells = self.cells[start : start + self.room[level, slot]]
        held = np.flatnonzero(cells)
        if not len(held):
            return 0, cells[:0]
        return int(self.low[level, slot] + held[0]), cells[held[0] : held[-1] + 1]


@dataclass
class Meetings:
    """The importers that each servant was met with.

    `values` are (servants, 4): all, known, illicit, young lately; `first` is the first day of each pair,
    `head` and `following` chain the pairs of an importer, `known` and `illicit` say how it stands.
    """

    values: Wide = field(default_factory=lambda: np.zeros((0, 4), np.int64))
    first: Narrow = field(default_factory=lambda: np.empty(0, np.int32))
    following: Narrow = field(default_factory=lambda: np.empty(0, np.int32))
    servant: Narrow = field(default_factory=lambda: np.empty(0, np.int32))
    head: Narrow = field(default_factory=lambda: np.empty(0, np.int32))
    known: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))
    illicit: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))

    def make_room(self, servants: int, pairs: int, importers: int) -> None:
        """Have a line for each servant, pair and importer."""
        self.values = grown(self.values, servants)
        for name in ("first", "following", "servant"):
            setattr(self, name, grown(getattr(self, name), pairs, fill=-1))
        self.head = grown(self.head, importers, fill=-1)
        self.known, self.illicit = grown(self.known, importers), grown(self.illicit, importers)


class State:
    """What is remembered of every key, by entity of a group. It holds digests, and nobody's identity."""

    def __init__(self, group: Group = ALL) -> None:
        self.group = group
        self.keys: dict[str, Keys] = {name: Keys(ENTITY[name]) for name in group.needed}
        self.plans: dict[str, Plan] = {name: plan_of(ENTITY[name], group.is_wanted) for name in group.summed}
        self.values: dict[str, Wide] = {
            name: np.empty((0, len(plan.unseen)), plan.dtype) for name, plan in self.plans.items()
        }
        self.histograms = Histograms()
        self.meetings: dict[str, Meetings] = {name: Meetings() for name in SERVANTS if group.meets}
        self.first = np.empty(0, np.int32)
        self.known = np.empty(0, np.int32)
        self.illicit = np.empty(0, np.int32)
        self.met = np.empty((3, 0), np.int32)
        self.wording = np.zeros((0, GRAMS + 1), np.int32)
        self.wording_anywhere = np.zeros(GRAMS + 1, np.int32)
        self.begun: int | None = None

    def slots(self, parts: dict[str, Digests], *, new: bool, of: Mapping[str, Mask] | None = None) -> Narrow:
        """Give the slots of rows (entities, n), in the order of `ENTITIES`; -1 of those not needed.

        `of` names the rows that are needed of an entity, all of those that it does not tell.
        """
        slots, of = np.full((len(ENTITIES), len(parts["office"])), -1, np.int32), of or {}
        found = THREADS.map(
            lambda entry: entry[1].slots(parts, new=new, of=of.get(entry[0])), self.keys.items()
        )
        for name, each in zip(self.keys, found, strict=True):
            slots[entity_number(name)] = each
        if new:
            self.make_room()
        return slots

    def columns_of(self, entity: str) -> Wide:
        """Give the values of an entity's keys (count, measures), in the order of its definition."""
        count = self.keys[entity].count
        values = self.values[entity][:count].astype(np.int64)
        if entity not in SERVANTS:
            return values
        return np.concatenate([values, self.meetings[entity].values[:count]], axis=1)

    def make_room(self) -> None:
        """Have a line in every array for each key that has a slot."""
        for name, plan in self.plans.items():
            self.values[name] = grown(self.values[name], self.keys[name].count, fill=plan.unseen)
        if self.group.comparables:
            self.histograms.make_room(max(self.keys[name].count for name in LEVEL_ENTITIES))
            importers = self.keys["importer"].count
            self.first = grown(self.first, importers, fill=-1)
            self.known, self.illicit = grown(self.known, importers), grown(self.illicit, importers)
            self.met = grown(self.met, importers, axis=1, fill=-1)
        for name, meetings in self.meetings.items():
            meetings.make_room(self.keys[name].count, self.keys[PAIRS[name]].count, importers)
        if self.group.wording:
            self.wording = grown(self.wording, self.keys[WORDED].count)


def grown(array: NDArray[Any], size: int, *, axis: int = 0, fill: Any = 0) -> NDArray[Any]:
    """Give an array of at least `size` along an axis, a fifth longer than needed, its new lines filled."""
    if array.shape[axis] >= size:
        return array
    shape = list(array.shape)
    shape[axis] = max(8, size + size // 5)
    more = np.empty(shape, array.dtype)
    kept = [slice(None)] * array.ndim
    kept[axis] = slice(array.shape[axis])
    more[:] = fill
    more[tuple(kept)] = array
    return more


def entity_number(name: str) -> int:
    """Give the place of an entity in `ENTITIES`."""
    return ENTITIES.index(ENTITY[name])


def _grid(slots: int) -> Narrow:
    return np.zeros((len(LEVELS), slots), np.int32)
