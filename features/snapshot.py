"""The history of every key as of one day: what the profile store holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.encoding import LENGTH, PREFIX, encode_key, encode_part, pack, stamp, unpack
from features.history_names import ENTITIES, HISTORY_NAMES, unseen
from features.history_parts import part_lists


@dataclass(frozen=True)
class Table:
    """Keys of one entity and their measures, int64, one row a key, in the entity's order of measures."""

    keys: list[bytes]
    values: NDArray[np.int64]


@dataclass(frozen=True)
class Snapshot:
    """All history values as of a day; a ProfileStore in memory.

    >>> from features.columns import from_records
    >>> key = encode_key("importer", [b"I"])
    >>> row = np.arange(11).reshape(1, 11)
    >>> snapshot = Snapshot(date(2024, 3, 1), {"importer": Table([key], row)})
    >>> found = snapshot.lookup(from_records([{"importer_id": "I"}, {"importer_id": "new"}]).columns)
    >>> found["importer.items"], found["importer.last_day"], found["seller.last_day"]
    (array([0, 0]), array([ 3, -1]), array([-1, -1]))
    """

    as_of: date
    tables: dict[str, Table]

    def lookup(self, columns: Columns) -> Columns:
        """Give the history values (`HISTORY_NAMES`, int64) of each row as of the snapshot's day."""
        return look_up(self.packed.get, columns)

    def close(self) -> None:
        """Do nothing: memory needs no closing."""

    @cached_property
    def identity(self) -> str:
        """Digest of the day, of all names and of all values: 16 hexadecimal digits."""
        digest = hashlib.sha256(f"{stamp()} {self.as_of.isoformat()}".encode())
        for key, value in sorted(self.packed.items()):
            digest.update(len(key).to_bytes(4, "little") + key + value)
        return digest.hexdigest()[:16]

    @cached_property
    def packed(self) -> dict[bytes, bytes]:
        """Every key with its measures as little-endian int64."""
        return {
            key: value
            for table in self.tables.values()
            for key, value in zip(table.keys, pack(table.values), strict=True)
        }


def encode_keys(entity: str, texts: Sequence[Sequence[str | None]]) -> list[bytes]:
    """Give the keys whose parts stand in `texts`, one list a part, none of them missing."""
    parts = [[encode_part(text) for text in each] for each in texts]
    return [key for each in zip(*parts, strict=True) if (key := encode_key(entity, each)) is not None]


def look_up(get: Callable[[bytes], bytes | None], columns: Columns) -> Columns:
    """Give the history values of each row out of a store that `get` reads."""
    parts = {part: list(map(encode_part, texts)) for part, texts in part_lists(columns).items()}
    found = [_values(get, parts, plan) for plan in _PLANS]
    packed = [b"".join(row) for row in zip(*found, strict=True)]
    return dict(zip(HISTORY_NAMES, unpack(packed), strict=True))


def _values(
    get: Callable[[bytes], bytes | None], parts: dict[str, list[bytes | None]], plan: _Plan
) -> list[bytes]:
    """Packed values of one entity, one a row; written out by number of parts, for it runs at each request."""
    prefix, names, nothing = plan
    if not names:
        return [get(prefix) or nothing] * len(parts["importer"])
    if len(names) == 1:
        return [nothing if one is None else get(prefix + one) or nothing for one in parts[names[0]]]
    return [
        nothing if one is None or two is None else get(prefix + LENGTH[len(one)] + one + two) or nothing
        for one, two in zip(parts[names[0]], parts[names[1]], strict=True)
    ]


_Plan = tuple[bytes, tuple[str, ...], bytes]

_PLANS: tuple[_Plan, ...] = tuple(
    (
        PREFIX[entity.name],
        entity.parts,
        pack(np.array([[unseen(measure) for measure in entity.measures]]))[0],
    )
    for entity in ENTITIES
)
