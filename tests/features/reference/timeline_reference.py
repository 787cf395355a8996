"""The rule of the as-of join, slowly and obviously, a row and a look-up at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.reference.keys import NO_KEY
from features.reference.timeline import NONE, Rows


@dataclass(frozen=True)
class Row:
    """One row of a table: days are numbers, `known` is a day and a number of the moment in it."""

    key: int
    valid_from: int
    valid_to: int
    known: tuple[int, int]
    withdrawn: bool = False


def row_as_of(rows: list[Row], key: int, day: int) -> int:
    """The number of the row that counts for a key on a day; NONE where there is none."""
    if key == NO_KEY:
        return NONE
    standing: dict[int, int] = {}
    for number, row in enumerate(rows):
        if row.key != key or not row.known[0] < day:
            continue
        before = standing.get(row.valid_from)
        if before is None or rows[before].known <= row.known:
            standing[row.valid_from] = number
    counting = NONE
    for valid_from, number in sorted(standing.items()):
        row = rows[number]
        if not row.withdrawn and valid_from <= day <= row.valid_to:
            counting = number
    return counting


def as_arrays(rows: list[Row]) -> Rows:
    """The same rows as the timeline takes them."""
    return Rows(
        np.array([row.key for row in rows], np.uint64),
        np.array([row.valid_from for row in rows], np.int32),
        np.array([row.valid_to for row in rows], np.int32),
        np.array([row.known[0] * 1_000 + row.known[1] for row in rows], np.int64),
        np.array([row.known[0] for row in rows], np.int32),
        np.array([row.withdrawn for row in rows], np.bool_),
    )
