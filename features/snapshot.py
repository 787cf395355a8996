"""The history of every key as of one day: what the profile store holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, Values
from features.encoding import (
    HISTOGRAM,
    PREFIX,
    WORDS,
    WORDS_ANYWHERE,
    identity_of,
    keys_of,
    lines_of,
    pack,
    pack_histograms,
    weight_of,
)
from features.history.entities import ENTITIES, ENTITY, LEVELS
from features.history.groups import LEVEL_ENTITIES, WORDED
from features.history.parts import Digests
from features.history.state import State
from features.lookup import look_up
from features.reference.source import Sources
from features.reference.standing_lookup import sources_in

Entry = tuple[bytes, bytes]


@dataclass(frozen=True)
class Table:
    """Keys of one entity as the digests of their parts (n, parts), and their measures (n, m), int64."""

    keys: Digests
    values: NDArray[np.int64]


@dataclass(frozen=True)
class Snapshot:
    """All history values as of a day; a ProfileStore in memory.

    `begun` is the first day of the history, None where there is none; `extras` are entries as the
    store has them: histograms, words, what stands in reference tables.

    >>> from features.columns import from_records
    >>> from features.history.parts import part_codes
    >>> known = part_codes(from_records([{"importer_id": "I"}]).columns)["importer"]
    >>> snapshot = Snapshot(date(2024, 3, 1), {"importer": Table(known[:, None], np.arange(19)[None, :])})
    >>> found = snapshot.lookup(from_records([{"importer_id": "I"}, {"importer_id": "new"}]).columns)
    >>> found["importer.items_30d"], found["importer.last_day"], found["seller.last_day"]
    (array([1, 0]), array([ 3, -1]), array([-1, -1]))
    """

    as_of: date
    tables: dict[str, Table]
    extras: dict[bytes, bytes] = field(default_factory=dict)
    begun: int | None = None

    @classmethod
    def of(cls, state: State, day: date, standing: dict[bytes, bytes] | None = None) -> Snapshot:
        """Give what a state remembers at the beginning of a day; keys with nothing to say are left out.

        `standing` are the entries of what stands in reference tables on the day.
        """
        tables = {}
        for entity in ENTITIES:
            values = state.columns_of(entity.name)
            told = np.flatnonzero((values != [each.unseen for each in entity.aggregates]).any(axis=1))
            tables[entity.name] = Table(state.keys[entity.name].digests[told], values[told])
        return cls(day, tables, dict([*_histograms(state), *_words(state)]) | (standing or {}), state.begun)

    def lookup(self, columns: Columns) -> Values:
        """Give the history and reference values (`KNOWN_NAMES`, int64) of rows as of the snapshot's day."""
        return look_up(self.packed.get, columns)

    def get(self, key: bytes) -> bytes | None:
        """Give the value of a key."""
        return self.packed.get(key)

    def get_all(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Give the values that there are of some keys."""
        return {key: self.packed[key] for key in keys if key in self.packed}

    def scan(self, prefix: bytes) -> Iterator[Entry]:
        """Give every entry whose key begins so, in ascending order."""
        return (entry for entry in self.entries() if entry[0].startswith(prefix))

    def close(self) -> None:
        """Do nothing: memory needs no closing."""

    @cached_property
    def sources(self) -> Sources:
        """Sources of the reference values, by their numbers."""
        return sources_in(self.get)

    @cached_property
    def identity(self) -> str:
        """Digest of the day, of all names and of all values: 16 hexadecimal digits."""
        return identity_of(self.as_of, self.begun, self.weight)

    @cached_property
    def weight(self) -> int:
        """Sum of the digests of all entries."""
        return weight_of(self.entries())

    @cached_property
    def packed(self) -> dict[bytes, bytes]:
        """Every key with its value."""
        return {key: value for part in self._parts() for key, value in part}

    def entries(self) -> Iterator[Entry]:
        """Give every key with its value, in ascending order of keys."""
        for part in self._parts():
            yield from sorted(part)

    def _parts(self) -> Iterator[Iterable[Entry]]:
        """Give the entries by entity, then the extras; keys of a part come after those of the one before."""
        for entity in ENTITIES:
            if table := self.tables.get(entity.name):
                yield _entries(entity.name, table)
        yield self.extras.items()


def _entries(entity: str, table: Table) -> Iterator[Entry]:
    keys = keys_of(PREFIX[entity], table.keys, len(ENTITY[entity].parts))
    return zip(keys, pack(table.values), strict=True)


def _histograms(state: State) -> Iterator[Entry]:
    held = state.histograms
    for name in LEVEL_ENTITIES:
        levels = [number for number, level in enumerate(LEVELS) if level.entity == name]
        told = np.flatnonzero(held.count[levels, : state.keys[name].count].any(axis=0))
        keys = keys_of(HISTOGRAM[name], state.keys[name].digests[told], len(ENTITY[name].parts))
        for key, slot in zip(keys, told.tolist(), strict=True):
            lows, cells = zip(*(held.of(level, slot) for level in levels), strict=True)
            yield key, pack_histograms(lows, cells)


def _words(state: State) -> Iterator[Entry]:
    told = np.flatnonzero(state.wording[: state.keys[WORDED].count, -1])
    keys = keys_of(WORDS, state.keys[WORDED].digests[told], 1)
    yield from zip(keys, lines_of(state.wording[told].astype("<i4")), strict=True)
    if state.wording_anywhere[-1]:
        yield WORDS_ANYWHERE, state.wording_anywhere.astype("<i4").tobytes()
