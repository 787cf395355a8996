"""Bytes of the profile store: keys that cannot be mistaken for one another, values of little-endian int64."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.history_names import (
    COMPARABLES_NEEDED,
    ENTITIES,
    HISTORY_NAMES,
    LABEL_WINDOW,
    WINDOWS,
    YOUNG_DAYS,
)

FORMAT = 1
"""Version of the bytes described here."""

LONGEST_PART = 200
"""Bytes of a part that stand in a key as they are, so that a key fits into the 511 that LMDB takes."""

PREFIX: dict[str, bytes] = {entity.name: bytes([number]) for number, entity in enumerate(ENTITIES, start=1)}
"""First byte of the keys of each entity."""


def encode_part(text: str | None) -> bytes | None:
    """Give a part of a key as UTF-8; a long one as its SHA-256 behind a byte that UTF-8 never has.

    >>> encode_part("CN"), encode_part(None), len(encode_part("x" * 2000))
    (b'CN', None, 33)
    """
    if text is None:
        return None
    part = text.encode()
    return part if len(part) <= LONGEST_PART else b"\xff" + hashlib.sha256(part).digest()


def encode_key(entity: str, parts: Sequence[bytes | None]) -> bytes | None:
    """Give the key of an entity: a byte for its kind and its parts, all but the last led by their length.

    None where a part is missing.

    >>> encode_key("origin_hs6", [b"CN", b"847130"]).hex(" "), encode_key("seller", [None])
    ('07 02 43 4e 38 34 37 31 33 30', None)
    """
    key = PREFIX[entity]
    for number, part in enumerate(parts, start=1):
        if part is None:
            return None
        key += part if number == len(parts) else LENGTH[len(part)] + part
    return key


LENGTH: tuple[bytes, ...] = tuple(bytes([length]) for length in range(LONGEST_PART + 1))
"""A part's length as a byte."""


def pack(values: NDArray[np.int64]) -> list[bytes]:
    """Give each row of an (n, m) array as m little-endian int64."""
    width = values.shape[1] * 8
    whole = np.ascontiguousarray(values, dtype="<i8").tobytes()
    return [whole[start : start + width] for start in range(0, len(values) * width, width)]


def unpack(packed: Sequence[bytes]) -> NDArray[np.int64]:
    """Give an (m, n) array of packed rows, one line a measure.

    >>> unpack(pack(np.array([[1, 2], [3, 4]])))
    array([[1, 3],
           [2, 4]])
    """
    flat = np.frombuffer(b"".join(packed), dtype="<i8").reshape(
        len(packed), len(HISTORY_NAMES) if not packed else -1
    )
    return np.ascontiguousarray(flat.T, dtype=np.int64)


def stamp() -> str:
    """Give the digest of all that a stored value means: format, names, windows and limits."""
    meaning = [FORMAT, HISTORY_NAMES, WINDOWS, LABEL_WINDOW, YOUNG_DAYS, COMPARABLES_NEEDED]
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()[:16]
