"""Which version of an item, and which outcome of it, counted from which day on.

An item version counts from its effective day, the later of customs_date and known_date, until a higher
version does; an outcome from the day on which it and an item version are known. What changes on a day is a
change: a version that came (sign +1) or went (sign -1). As of D the changes of days before D have happened.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.signedinteger]


@dataclass(frozen=True)
class Versions:
    """Versions of items: the item each belongs to, its number, its customs_date and its effective day."""

    item: Index
    version: Index
    customs_date: Index
    day: Index


@dataclass(frozen=True)
class Results:
    """Versions of outcomes: their item, number, day of knowledge, and what they say.

    `label` is the number of the finding (`features.history.measures.LABELS`), and -1 for a withdrawal.
    """

    item: Index
    version: Index
    day: Index
    label: Index


@dataclass(frozen=True)
class Changes:
    """Rows (of `Versions`) that came or went: when, with which sign, and the day their windows count from."""

    row: Index
    day: Index
    base: Index
    sign: Index
    label: Index


def changes(versions: Versions, results: Results) -> tuple[Changes, Changes]:
    """Give the changes of items, and those of labels.

    Version 2, known two days late, takes the place of version 1:

    >>> each = lambda *numbers: np.array(numbers, np.int64)
    >>> none = Results(each(), each(), each(), each())
    >>> items, _ = changes(Versions(each(0, 0), each(1, 2), each(7, 7), each(7, 9)), none)
    >>> list(zip(items.row.tolist(), items.day.tolist(), items.sign.tolist()))
    [(0, 7, 1), (1, 9, 1), (0, 9, -1)]
    """
    nothing = np.empty(0, np.int64)
    none = Results(nothing, nothing, nothing, nothing)
    labelled = np.flatnonzero(np.isin(versions.item, results.item))
    return _items(versions, none), _labels(versions, labelled, results)


def _items(versions: Versions, none: Results) -> Changes:
    states = _states(versions, np.arange(len(versions.item)), none)
    came, went = states.row, states.before_row
    changed = came != went
    base = versions.customs_date
    return _signed(
        (came, states.day, base[came], changed),
        (went, states.day, base[went], changed & (went >= 0)),
        np.zeros(len(came), np.int64),
        np.zeros(len(came), np.int64),
    )


def _labels(versions: Versions, rows: Index, results: Results) -> Changes:
    states = _states(versions, rows, results)
    label, before = (
        _said(results, states.result, states.row),
        _said(results, states.before, states.before_row),
    )
    changed = (states.row != states.before_row) | (states.result != states.before)
    return _signed(
        (
            states.row,
            states.day,
            _since(versions, results, states.row, states.result),
            changed & (label >= 0),
        ),
        (
            states.before_row,
            states.day,
            _since(versions, results, states.before_row, states.before),
            changed & (before >= 0),
        ),
        label,
        before,
    )


@dataclass(frozen=True)
class _States:
    """Per item and day of change: the row and the outcome that count from then on, and before (or -1)."""

    day: Index
    row: Index
    result: Index
    before_row: Index
    before: Index


def _states(versions: Versions, rows: Index, results: Results) -> _States:
    item = np.concatenate([versions.item[rows], results.item])
    day = np.concatenate([versions.day[rows], results.day])
    highest = np.concatenate(
        [_ranked(versions.item[rows], versions.version[rows]), np.full(len(results.item), -1)]
    )
    latest = np.concatenate([np.full(len(rows), -1), _ranked(results.item, results.version)])
    order = np.lexsort((day, item))
    item, day = item[order], day[order]
    last = np.r_[(item[1:] != item[:-1]) | (day[1:] != day[:-1]), np.ones(min(1, len(item)), bool)]
    row = _running(
        highest[order], item, rows[_order(versions.item[rows], versions.version[rows])], versions.item
    )
    result = _running(latest[order], item, _order(results.item, results.version), results.item)
    item, day, row, result = item[last], day[last], row[last], result[last]
    same = np.r_[np.zeros(min(1, len(item)), bool), item[1:] == item[:-1]]
    return _States(
        day, row, result, np.where(same, np.roll(row, 1), -1), np.where(same, np.roll(result, 1), -1)
    )


def _order(item: Index, version: Index) -> Index:
    return np.lexsort((version, item))


def _ranked(item: Index, version: Index) -> Index:
    rank = np.empty(len(item), np.int64)
    rank[_order(item, version)] = np.arange(len(item))
    return rank


def _running(rank: Index, item: Index, ranked: Index, owner: Index) -> Index:
    """Highest rank so far within the item, as the index it stands for; -1 where the item has none yet."""
    if not len(ranked):
        return np.full(len(rank), -1, np.int64)
    found = np.maximum.accumulate(rank)
    index = np.where(found >= 0, ranked[np.maximum(found, 0)], -1)
    return np.where((index >= 0) & (owner[np.maximum(index, 0)] == item), index, -1)


def _said(results: Results, result: Index, row: Index) -> Index:
    if not len(results.item):
        return np.full(len(row), -1, np.int64)
    return np.where((result >= 0) & (row >= 0), results.label[np.maximum(result, 0)], -1)


def _since(versions: Versions, results: Results, row: Index, result: Index) -> Index:
    if not len(results.item):
        return np.zeros(len(row), np.int64)
    return np.maximum(versions.customs_date[np.maximum(row, 0)], results.day[np.maximum(result, 0)])


def _signed(
    came: tuple[Index, Index, Index, NDArray[np.bool_]],
    went: tuple[Index, Index, Index, NDArray[np.bool_]],
    label: Index,
    before: Index,
) -> Changes:
    (row, day, base, use), (row_before, day_before, base_before, use_before) = came, went
    return Changes(
        np.concatenate([row[use], row_before[use_before]]),
        np.concatenate([day[use], day_before[use_before]]),
        np.concatenate([base[use], base_before[use_before]]),
        np.concatenate([np.ones(int(use.sum()), np.int8), np.full(int(use_before.sum()), -1, np.int8)]),
        np.concatenate([label[use], before[use_before]]),
    )
