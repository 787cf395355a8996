"""Keys of reference tables: 64 bits of a digest, the same on every machine and in every version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

NO_KEY = 0
"""Stands for a key of which a part is missing; it is in no table."""

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = 2**64 - 1


def key_hash(first: str, *more: str) -> int:
    """Give the key of one text, or of several in their order.

    Of one text it is the first eight bytes, little-endian, of its BLAKE2b digest of that size; the keys of
    further texts are mixed in by the finaliser of SplitMix64.

    >>> key_hash("610910") == int.from_bytes(blake2b(b"610910", digest_size=8).digest(), "little")
    True
    >>> key_hash("a", "b") == key_hash("b", "a")
    False
    """
    key = _digest(first)
    for text in more:
        key = mixed_in(key, _digest(text))
    return key


def mixed_in(key: int, part: int) -> int:
    """Give the key of several parts with a further one: what `combined` gives, of one row.

    >>> mixed_in(key_hash("610910"), key_hash("CN")) == key_hash("610910", "CN")
    True
    """
    mixed = (key * _GOLDEN + part) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & _MASK
    return mixed ^ (mixed >> 31)


def key_hashes(texts: NDArray[Any], spell: Callable[[str], str | None] = str) -> Keys:
    """Give the key of each text of an object array, (n,); NO_KEY where there is none.

    `spell` makes of a text the one that is meant (a prefix, the same in small letters), or None.

    >>> key_hashes(np.array(["610910", None], dtype=object)).tolist() == [key_hash("610910"), NO_KEY]
    True
    """
    known: dict[object, int] = {None: NO_KEY}
    values = texts.tolist()
    for text in set(values) - {None}:
        meant = spell(text)
        known[text] = NO_KEY if meant is None else _digest(meant)
    return np.fromiter(map(known.__getitem__, values), np.uint64, len(values))


def combined(parts: Sequence[Keys]) -> Keys:
    """Give one key for the keys of several parts, row by row, (n,); NO_KEY where one of them is.

    >>> one, other = key_hash("610910"), key_hash("CN")
    >>> both = combined([np.array([one, one], np.uint64), np.array([other, NO_KEY], np.uint64)])
    >>> both.tolist() == [key_hash("610910", "CN"), NO_KEY]
    True
    """
    key = parts[0]
    missing = key == NO_KEY
    for part in parts[1:]:
        key = _mixed(key * np.uint64(_GOLDEN) + part)
        missing = missing | (part == NO_KEY)
    return np.where(missing, np.uint64(NO_KEY), key)


def numbered(keys: Keys, number: int) -> Keys:
    """Give the key under which the rows of a number stand, where a key has several at a time, (n,).

    >>> keys = np.array([key_hash("X1"), NO_KEY], np.uint64)
    >>> numbered(keys, 0).tolist() == keys.tolist(), numbered(keys, 1).tolist()[1] == NO_KEY
    (True, True)
    """
    if number == 0:
        return keys
    mixed = _mixed(keys + np.uint64(number * _GOLDEN & _MASK))
    return np.where(keys == NO_KEY, np.uint64(NO_KEY), mixed)


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _mixed(keys: Keys) -> Keys:
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(_FIRST)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(_SECOND)
    return keys ^ (keys >> np.uint64(31))
