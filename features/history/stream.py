"""Changes with all that they need to be made, so that the rows they are of can be let go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.history.entities import ENTITIES
from features.history.facts import Facts, Moves
from features.history.measures import NUMBERS, OWN
from features.history.plan import LEAVING, WINDOWED
from features.history.wording import PLACES

Narrow = NDArray[np.int32]
Lines = TypeVar("Lines")


@dataclass(frozen=True)
class Stream:
    """Changes that come, n of them: the days, flags, sign and label as in `Moves`.

    `slots` (entities, n) say whose history they are of, `numbers` (numbers, n) what is summed, `grams`
    (n, places) the words.
    """

    day: Narrow
    base: Narrow
    known: Narrow
    flags: NDArray[np.uint8]
    sign: NDArray[np.int8]
    label: NDArray[np.int8]
    slots: Narrow
    numbers: Narrow
    grams: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.day)


@dataclass(frozen=True)
class Leaving:
    """Changes of what grows too old for a window: the day at whose end it does, and the number of the window.

    `slots` are of the entities of `WINDOWED`, `numbers` those of `LEAVING`.
    """

    day: Narrow
    lag: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    sign: NDArray[np.int8]
    label: NDArray[np.int8]
    slots: Narrow
    numbers: Narrow


def stream_of(slots: Narrow, facts: Facts, moves: Moves) -> Stream:
    """Give the changes because of some rows, whose keys have these slots (entities, n), by their days."""
    order = order_of(moves.day)
    row = moves.row[order]
    numbers = np.zeros((len(NUMBERS), len(row)), np.int32)
    numbers[: len(OWN)] = np.take(facts.numbers, row, axis=1)
    return Stream(
        moves.day[order],
        moves.base[order],
        moves.known[order],
        moves.flags[order],
        moves.sign[order],
        moves.label[order],
        np.take(slots, row, axis=1),
        numbers,
        facts.grams[row],
    )


def no_stream() -> Stream:
    """Give no changes."""
    narrow, byte, small = np.empty(0, np.int32), np.empty(0, np.uint8), np.empty(0, np.int8)
    slots, numbers = np.empty((len(ENTITIES), 0), np.int32), np.empty((len(NUMBERS), 0), np.int32)
    no_words = np.empty((0, PLACES), np.uint16)
    return Stream(narrow, narrow, narrow, byte, small, small, slots, numbers, no_words)


def nothing_leaves() -> Leaving:
    """Give no changes."""
    narrow, byte, small = np.empty(0, np.int32), np.empty(0, np.uint8), np.empty(0, np.int8)
    slots, numbers = np.empty((len(WINDOWED), 0), np.int32), np.empty((len(LEAVING), 0), np.int32)
    return Leaving(narrow, byte, byte, small, small, slots, numbers)


def taken(lines: Lines, index: NDArray[Any]) -> Lines:
    """Give the changes named by an index array or a mask."""
    chosen = np.flatnonzero(index) if index.dtype == np.bool_ else index
    arrays = (np.take(array, chosen, axis=axis) for array, axis in _arrays(lines))
    return type(lines)(*arrays)


def parted(stream: Stream, day: int) -> tuple[Stream, Stream]:
    """Give the changes before a day and the others, of changes that lie by their days.

    Nothing is copied but a rest so small that it need not keep the whole in memory.
    """
    cut = int(np.searchsorted(stream.day, day))
    before = Stream(*(array[..., :cut] if axis else array[:cut] for array, axis in _arrays(stream)))
    after = Stream(*(array[..., cut:] if axis else array[cut:] for array, axis in _arrays(stream)))
    return before, taken(after, np.arange(len(after))) if len(after) < cut else after


def joined(parts: Sequence[Lines]) -> Lines:
    """Give the changes of all parts, one after another."""
    columns = zip(*(_arrays(part) for part in parts), strict=True)
    return type(parts[0])(
        *(np.concatenate([array for array, _ in each], axis=each[0][1]) for each in columns)
    )


def order_of(day: Narrow) -> Narrow:
    """Give the order of days, equal ones as they lie: a radix sort where they span less than 65,536 days."""
    if not len(day):
        return np.empty(0, np.int32)
    since = day - day.min()
    small = since.astype(np.uint16) if since.max() < 65_536 else since
    return np.argsort(small, kind="stable").astype(np.int32)


def _arrays(lines: Any) -> list[tuple[NDArray[Any], int]]:
    """Every array, and the axis along which changes lie in it."""
    return [(getattr(lines, each.name), int(each.name in {"slots", "numbers"})) for each in fields(lines)]
