"""A step of a pass over the past: from one day to another, with what is asked of the days between."""

from __future__ import annotations

from concurrent.futures import wait
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.history.entities import (
    BIN,
    COMPARABLES,
    ENTITIES,
    LEVELS,
    MEETINGS,
    WORDING,
    YOUNG_DAYS,
)
from features.history.groups import DEVIATING, LEVEL_ENTITIES, PAIRS, SERVANTS, WORDED
from features.history.kernels import (
    LABEL,
    add_up,
    compare,
    make_room,
    meet,
    note_first,
    read_wording,
    turns,
)
from features.history.measures import MOST_DEVIATION, NUMBERS
from features.history.plan import LAGS, LEAVING, WINDOWED
from features.history.spool import Spool
from features.history.state import State, entity_number, grown
from features.history.stream import Leaving, Stream, order_of
from features.history.threads import THREADS
from features.history.wording import DOUBLINGS, LOG_TABLE, PLACES, Grams

Narrow = NDArray[np.int32]
Wide = NDArray[np.int64]
Signs = NDArray[np.int8]

YOUNG, _DEV, _UV = (NUMBERS.index(name) for name in ("young", "dev", "uv"))
IMPORTER = entity_number("importer")
_LEVELS = np.array(
    [
        (LEVEL_ENTITIES.index(level.entity), level.days, level.needed, LAGS.index(level.days) + 1)
        for level in LEVELS
    ],
    np.int32,
)


@dataclass(frozen=True)
class Asked:
    """Rows whose history is wanted, in the order of their days: slots (entities, n), unit value, words."""

    day: Narrow
    slots: Narrow
    uv: Narrow
    grams: Grams


_NONE = np.empty(0, np.int32)
NOTHING_ASKED = Asked(_NONE, np.empty((len(ENTITIES), 0), np.int32), _NONE, np.empty((0, PLACES), np.uint16))


class Changes:
    """What comes and what leaves a window on some days, one after the other, and the order of their days."""

    def __init__(self, coming: Stream, order_coming: Narrow, leaving: Leaving) -> None:
        self.coming, self.order_coming, self.leaving = coming, order_coming, leaving
        self.day = np.concatenate([coming.day, leaving.day])
        self.flags = np.concatenate([coming.flags, leaving.flags])
        self.sign = np.concatenate([coming.sign, leaving.sign])
        self.label = np.concatenate([coming.label, leaving.label])
        self.lag = np.concatenate([np.zeros(len(coming), np.uint8), leaving.lag])
        self.order = order_of(self.day)

    def slots(self, entity: str) -> Narrow:
        """Give the slots of an entity, of what leaves too if any of it leaves a window."""
        coming: Narrow = self.coming.slots[entity_number(entity)]
        if entity not in WINDOWED:
            return coming
        return np.concatenate([coming, self.leaving.slots[WINDOWED.index(entity)]])

    def order_of(self, entity: str) -> Narrow:
        """Give the order in which changes bear on an entity."""
        return self.order if entity in WINDOWED else self.order_coming


def step(state: State, spool: Spool, coming: Stream, asked: Asked, days: tuple[int, int]) -> Columns:
    """Bring the state from one day to another, and give the history values of what is asked between.

    `coming` are the changes of these days; what leaves a window on them is in the spool.
    """
    group = state.group
    order = order_of(coming.day)
    if group.comparables:
        _note_youth(state, coming, order)
    spool.keep(coming)
    changes = Changes(coming, order, spool.leaving(*days))
    gaps = [THREADS.submit(_comparables, state, changes, asked)] if group.comparables else []
    others = [
        THREADS.submit(_sums, state, name, changes, asked) for name in group.summed if name not in DEVIATING
    ]
    others += [THREADS.submit(_wording, state, changes, asked)] if group.wording else []
    others += [THREADS.submit(_meetings, state, spool, changes, asked, days)] if group.meets else []
    wait(gaps)
    others += [
        THREADS.submit(_sums, state, name, changes, asked) for name in group.summed if name in DEVIATING
    ]
    return {name: values for each in (*gaps, *others) for name, values in each.result().items()}


def _note_youth(state: State, coming: Stream, order: Narrow) -> None:
    """Note the first days of importers, and which rows are of young ones."""
    importer = coming.slots[IMPORTER]
    if len(coming) and state.begun is None:
        state.begun = int(coming.day.min())
    note_first(state.first, importer, coming.flags, coming.day, order, np.empty(len(coming), np.uint8))
    coming.numbers[YOUNG] = is_young(state, importer, coming.known)


def is_young(state: State, importer: Narrow, day: Narrow) -> NDArray[np.bool_]:
    """Give whether each importer came late to the history, and lately before the day."""
    first = state.first[np.maximum(importer, 0)] if len(state.first) else np.full(len(importer), -1)
    late = first - (state.begun or 0) >= YOUNG_DAYS
    return np.asarray((importer >= 0) & (first >= 0) & late & (day - first < YOUNG_DAYS))


def _comparables(state: State, changes: Changes, asked: Asked) -> Columns:
    """Keep the histograms of unit values, and write into what comes how far first versions lie from them."""
    held, found = state.histograms, np.empty((len(asked.day), len(COMPARABLES)), np.int64)
    coming, leaving = changes.coming, changes.leaving
    slots = np.stack([changes.slots(name) for name in LEVEL_ENTITIES])
    own = np.concatenate([coming.numbers[_UV], leaving.numbers[LEAVING.index(_UV)]])
    placed = (changes.order, slots, changes.flags, own, _LEVELS, held.start, held.low, held.room, held.taken)
    done = 0
    while (done := make_room(*placed, held.cells, BIN, done)) < len(changes.order):
        held.cells = grown(held.cells, len(held.cells) + 1)
    gap = np.empty(len(own), np.int32)
    compare(
        changes.day,
        changes.order,
        slots,
        changes.flags,
        changes.sign,
        changes.lag,
        coming.base,
        own,
        _LEVELS,
        held.start,
        held.low,
        held.room,
        held.count,
        held.cells,
        BIN,
        MOST_DEVIATION,
        gap,
        asked.day,
        asked.slots[[entity_number(name) for name in LEVEL_ENTITIES]],
        asked.uv,
        found,
    )
    coming.numbers[_DEV] = gap[: len(coming)]
    return dict(zip(COMPARABLES, found.T, strict=True))


def _meetings(state: State, spool: Spool, changes: Changes, asked: Asked, days: tuple[int, int]) -> Columns:
    """Count the importers that servants meet, and those among them that are known, illicit or young."""
    coming, order = changes.coming, changes.order_coming
    labels = order[(coming.flags[order] & LABEL) != 0]
    turned = _turns(state, coming, labels)
    found: Columns = {}
    for name in SERVANTS:
        held, values = state.meetings[name], np.empty((len(MEETINGS), len(asked.day)), np.int64)
        met, lag = _met(state, spool, name, changes, days)
        meet(
            *met,
            lag,
            *turned,
            held.known,
            held.illicit,
            held.head,
            held.following,
            held.servant,
            held.values,
            asked.day,
            asked.slots[entity_number(name)],
            values,
        )
        found |= {f"{name}.{each}": line for each, line in zip(MEETINGS, values, strict=True)}
    return found


def _turns(state: State, coming: Stream, labels: Narrow) -> tuple[Narrow, Narrow, Signs, Signs]:
    """What `meet` takes of importers that come to be known or illicit, or cease to: days, who, turns."""
    found: list[Any] = [np.empty(len(labels), kind) for kind in (np.int32, np.int32, np.int8, np.int8)]
    made = turns(
        coming.day,
        labels,
        coming.slots[IMPORTER],
        coming.sign,
        coming.label,
        state.known,
        state.illicit,
        state.met,
        *found,
    )
    days, who, known, illicit = (each[:made] for each in found)
    return days, who, known, illicit


def _met(
    state: State, spool: Spool, name: str, changes: Changes, days: tuple[int, int]
) -> tuple[tuple[Narrow, Narrow, Narrow, Narrow, Narrow], NDArray[np.uint8]]:
    """Pairs that meet first, and those that leave the window of young ones: what `meet` takes of them."""
    coming = changes.coming
    pair, servant = coming.slots[entity_number(PAIRS[name])], coming.slots[entity_number(name)]
    first = state.meetings[name].first
    noted = np.empty(len(coming), np.uint8)
    note_first(first, pair, coming.flags, coming.day, changes.order_coming, noted)
    new = np.flatnonzero(noted)
    young = coming.numbers[YOUNG][new]
    spool.keep_meetings(name, coming.day[new[young > 0]], servant[new[young > 0]])
    day, leaving = spool.meetings_leaving(name, *days)
    nobody = np.full(len(day), -1, np.int32)
    days_met = np.concatenate([coming.day[new], day])
    order = order_of(days_met)
    lag = np.repeat(np.array([0, 1], np.uint8), [len(new), len(day)])
    return (
        days_met[order],
        np.concatenate([pair[new], nobody])[order],
        np.concatenate([coming.slots[IMPORTER][new], nobody])[order],
        np.concatenate([servant[new], leaving])[order],
        np.concatenate([young, nobody])[order],
    ), lag[order]


def _sums(state: State, name: str, changes: Changes, asked: Asked) -> Columns:
    """Add up the changes of one entity."""
    plan = state.plans[name]
    found = np.empty((len(plan.unseen), len(asked.day)), np.int64)
    add_up(
        changes.day,
        changes.order_of(name),
        changes.slots(name),
        changes.flags,
        changes.sign,
        changes.lag,
        changes.coming.base,
        changes.label,
        changes.coming.numbers,
        changes.leaving.numbers,
        plan.steps,
        plan.starts,
        state.values[name],
        asked.day,
        asked.slots[entity_number(name)],
        found,
        plan.unseen,
    )
    return dict(zip(plan.names, found, strict=True))


def _wording(state: State, changes: Changes, asked: Asked) -> Columns:
    """Count the words of first versions by heading, and say how asked texts fit theirs."""
    number, found = entity_number(WORDED), np.empty((len(asked.day), len(WORDING)), np.int64)
    read_wording(
        changes.coming.day,
        changes.order_coming,
        changes.coming.slots[number],
        changes.coming.flags,
        changes.coming.grams,
        state.wording,
        state.wording_anywhere,
        LOG_TABLE,
        DOUBLINGS,
        asked.day,
        asked.slots[number],
        asked.grams,
        found,
    )
    return dict(zip(WORDING, found.T, strict=True))
