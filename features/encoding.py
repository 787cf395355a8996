"""Bytes of the profile store: keys that cannot be mistaken for one another, little-endian integers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.history.entities import BIN, ENTITIES, HISTORY_NAMES, LEVELS, YOUNG_DAYS, Aggregate
from features.history.groups import LEVEL_ENTITIES
from features.history.kernels import GRAMS, SMOOTHING
from features.history.wording import PLACES
from features.reference.kinds import KINDS

FORMAT = 3
"""Version of the bytes described here."""

PREFIX: dict[str, bytes] = {entity.name: bytes([number]) for number, entity in enumerate(ENTITIES, start=1)}
"""First byte of the keys of each entity; the digests of its parts follow."""

HISTOGRAM: dict[str, bytes] = {name: bytes([200 + number]) for number, name in enumerate(LEVEL_ENTITIES)}
"""First byte of the histograms of an entity."""

MODULUS = 1 << 128
"""Weights are counted modulo this."""

WORDS, WORDS_ANYWHERE = b"\xf0", b"\xf1"
"""First byte of the words of a heading, and the key of the words of all."""

REFERENCE: dict[str, bytes] = {kind.name: bytes([0xE0 + number]) for number, kind in enumerate(KINDS)}
"""First byte of the keys of the rows that stand in a reference table; the key's digest follows."""

STANDING, SOURCES = b"\xee", b"\xef"
"""Keys of the ways in which reference tables name their rows, and of their sources."""

STOOD: tuple[bytes, ...] = (*REFERENCE.values(), STANDING, SOURCES)
"""First bytes of all entries of reference tables."""

NAME: dict[bytes, str] = {
    **{prefix: name for name, prefix in PREFIX.items()},
    **{prefix: f"{name} (comparables)" for name, prefix in HISTOGRAM.items()},
    WORDS: "descriptions",
    WORDS_ANYWHERE: "descriptions",
    **{prefix: name for name, prefix in REFERENCE.items()},
    STANDING: "reference tables",
    SOURCES: "reference tables",
}
"""What entries are of, by their first byte."""


def keys_of(prefix: bytes, digests: NDArray[np.uint64], parts: int) -> list[bytes]:
    """Give the keys of the store for digests (n, parts); the prefix alone for the key without parts."""
    if not parts:
        return [prefix] * len(digests)
    return [prefix + key for key in lines_of(digests.astype("<u8"))]


def weight_of(entries: Iterable[tuple[bytes, bytes]]) -> int:
    """Give the sum of 128-bit digests of entries, modulo 2^128: entries can be added to it and taken away."""
    digests = [
        hashlib.blake2b(b"%c%b%b" % (len(key), key, value), digest_size=16).digest() for key, value in entries
    ]
    words: list[int] = np.frombuffer(b"".join(digests), "<u4").reshape(-1, 4).sum(0, np.uint64).tolist()
    return sum(word << 32 * place for place, word in enumerate(words)) % MODULUS


def identity_of(as_of: date, begun: int | None, weight: int) -> str:
    """Give the digest of the day, of all names and of all values: 16 hexadecimal digits."""
    whole = f"{stamp()} {as_of.isoformat()} {begun} {weight:032x}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def pack(values: NDArray[np.int64]) -> list[bytes]:
    """Give each row of an (n, m) array as m little-endian int64."""
    return lines_of(np.ascontiguousarray(values, dtype="<i8"))


def lines_of(values: NDArray[np.generic]) -> list[bytes]:
    """Give the bytes of each row of an (n, m) array."""
    width = values.shape[1] * values.itemsize
    whole = np.ascontiguousarray(values).tobytes()
    return [whole[start : start + width] for start in range(0, len(values) * width, width)]


def unpack(packed: Sequence[bytes], measures: int) -> NDArray[np.int64]:
    """Give an (m, n) array of packed rows, one line a measure.

    >>> unpack(pack(np.array([[1, 2], [3, 4]])), 2)
    array([[1, 3],
           [2, 4]])
    """
    flat = np.frombuffer(b"".join(packed), dtype="<i8").reshape(len(packed), measures)
    return np.ascontiguousarray(flat.T, dtype=np.int64)


def pack_histograms(lows: Sequence[int], counts: Sequence[NDArray[np.int32]]) -> bytes:
    """Give the histograms of a key, one a level: how many cells each has, their lowest bins, then the counts.

    >>> packed = pack_histograms([7, 0], [np.array([1, 2], np.int32), np.array([], np.int32)])
    >>> [(low, cells.tolist()) for low, cells in unpack_histograms(packed, 2)]
    [(7, [1, 2]), (0, [])]
    """
    return np.concatenate([[*map(len, counts), *lows], *counts]).astype("<i4").tobytes()


def unpack_histograms(packed: bytes, levels: int) -> list[tuple[int, NDArray[np.int32]]]:
    """Give the lowest bin and the counts of each level."""
    whole = np.frombuffer(packed, "<i4")
    start, found = 2 * levels, []
    for length, low in zip(whole[:levels].tolist(), whole[levels:start].tolist(), strict=True):
        found.append((low, whole[start : start + length]))
        start += length
    return found


@cache
def stamp() -> str:
    """Give the digest of all that a stored value means: format, names, windows, weights and limits."""
    levels = [(level.entity, level.days, level.needed) for level in LEVELS]
    entities = [
        (entity.name, entity.parts, [_meaning(each) for each in entity.aggregates]) for entity in ENTITIES
    ]
    tables = [[kind.name, [measure.name for measure in kind.measures]] for kind in KINDS]
    meaning = [FORMAT, HISTORY_NAMES, entities, levels, BIN, YOUNG_DAYS, GRAMS, PLACES, SMOOTHING, tables]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:16]


def _meaning(aggregate: Aggregate) -> list[object]:
    weights = sorted(aggregate.weights.items())
    return [aggregate.name, aggregate.of, aggregate.known.name, aggregate.kind.name, weights]
