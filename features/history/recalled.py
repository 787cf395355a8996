"""A state that remembers only what it is asked for: of each key it meets, what a snapshot holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.encoding import HISTOGRAM, PREFIX, WORDS, WORDS_ANYWHERE, keys_of, unpack, unpack_histograms
from features.history.entities import ENTITIES, ENTITY, LEVELS
from features.history.groups import LEVEL_ENTITIES, PAIRS, SERVANTS, WORDED
from features.history.parts import SIZE, Digests
from features.history.state import Mask, State

Narrow = NDArray[np.int32]
GetAll = Callable[[Sequence[bytes]], Mapping[bytes, bytes]]
Scan = Callable[[bytes], Iterator[tuple[bytes, bytes]]]


class RecalledState(State):
    """A state as of the day of a snapshot, for the keys of the rows that slots were given to.

    `get_all` reads the values that a snapshot has of some keys, `scan` every key that begins as told.
    `before` holds the entries as they were found.
    """

    def __init__(self, get_all: GetAll, scan: Scan, begun: int | None) -> None:
        super().__init__()
        self.begun = begun
        self.before: dict[bytes, bytes] = {}
        self._get_all, self._scan = get_all, scan
        self._loaded = dict.fromkeys(self.keys, 0)
        self._chained: set[int] = set()
        for words in self._read([WORDS_ANYWHERE]).values():
            self.wording_anywhere[:] = np.frombuffer(words, "<i4")

    def slots(self, parts: dict[str, Digests], *, new: bool, of: Mapping[str, Mask] | None = None) -> Narrow:
        """Give the slots of rows as `State.slots` does; what is known of new keys is read."""
        slots = super().slots(parts, new=new, of=of)
        self._recall()
        return slots

    def chain(self, importers: Sequence[int]) -> None:
        """Read every pair that these importers (slots) are known to be of."""
        unchained = [slot for slot in importers if slot >= 0 and slot not in self._chained]
        self._chained.update(unchained)
        for servant in SERVANTS:
            self._chain(servant, unchained)

    def _chain(self, servant: str, importers: Sequence[int]) -> None:
        digests = self.keys["importer"].digests[importers]
        known = [self._met(servant, digest) for digest in digests]
        counts = [len(each) for each in known]
        if not any(counts):
            return
        parts = {"importer": np.repeat(digests[:, 0], counts), servant: np.concatenate(known)}
        pairs = self.keys[PAIRS[servant]].slots(parts, new=True)
        servants = self.keys[servant].slots(parts, new=True)
        self.make_room()
        self._recall()
        held, owners = self.meetings[servant], np.repeat(importers, counts)
        for pair, other, importer in zip(pairs.tolist(), servants.tolist(), owners.tolist(), strict=True):
            held.servant[pair], held.following[pair], held.head[importer] = other, held.head[importer], pair

    def _met(self, servant: str, importer: NDArray[np.uint64]) -> Digests:
        """Give the servants that an importer is known to have met."""
        prefix = PREFIX[PAIRS[servant]] + importer.astype("<u8").tobytes()
        return np.frombuffer(b"".join(key[-SIZE:] for key, _ in self._scan(prefix)), "<u8").astype(np.uint64)

    def _recall(self) -> None:
        for entity in ENTITIES:
            slots = np.arange(self._loaded[entity.name], self.keys[entity.name].count)
            if len(slots):
                self._loaded[entity.name] = self.keys[entity.name].count
                self._recall_values(entity.name, slots)
                if entity.name in LEVEL_ENTITIES:
                    self._recall_histograms(entity.name, slots)
                if entity.name == WORDED:
                    self._recall_words(slots)

    def _recall_values(self, name: str, slots: NDArray[np.int64]) -> None:
        found, slots = self._found(PREFIX[name], name, slots)
        entity = ENTITY[name]
        values = unpack(found, len(entity.aggregates)).T
        summed = self.values[name].shape[1]
        self.values[name][slots] = values[:, :summed]
        if name in SERVANTS:
            self.meetings[name].values[slots] = values[:, summed:]
        if name in PAIRS.values():
            servant = next(each for each, pair in PAIRS.items() if pair == name)
            self.meetings[servant].first[slots] = values[:, entity.measures.index("first_day")]
        if name == "importer":
            known, illicit = (values[:, entity.measures.index(each)] for each in ("known", "illicit"))
            self.first[slots] = values[:, entity.measures.index("first_day")]
            self.known[slots], self.illicit[slots] = known, illicit
            for held in self.meetings.values():
                held.known[slots], held.illicit[slots] = known > 0, illicit > 0

    def _recall_histograms(self, name: str, slots: NDArray[np.int64]) -> None:
        held = self.histograms
        levels = [number for number, level in enumerate(LEVELS) if level.entity == name]
        for value, slot in zip(*self._found(HISTOGRAM[name], name, slots), strict=True):
            for level, (low, cells) in zip(levels, unpack_histograms(value, len(levels)), strict=True):
                held.put(level, int(slot), low, cells)

    def _recall_words(self, slots: NDArray[np.int64]) -> None:
        found, slots = self._found(WORDS, WORDED, slots)
        for value, slot in zip(found, slots, strict=True):
            self.wording[slot] = np.frombuffer(value, "<i4")

    def _found(
        self, prefix: bytes, entity: str, slots: NDArray[np.int64]
    ) -> tuple[list[bytes], NDArray[np.int64]]:
        """Values of the keys that the snapshot holds, and their slots."""
        keys = keys_of(prefix, self.keys[entity].digests[slots], len(ENTITY[entity].parts))
        held = self._read(keys)
        known = np.fromiter((key in held for key in keys), np.bool_, len(keys))
        return [held[key] for key in keys if key in held], slots[known]

    def _read(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        held = self._get_all(keys)
        self.before |= held
        return held
