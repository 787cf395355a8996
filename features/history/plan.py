"""The definitions of entities as tables of whole numbers, which the loops over rows read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.history.entities import ENTITIES, EVER, LEVELS, Aggregate, Entity, Kind, Known
from features.history.kernels import FIRST, ITEM, LABEL, SEEN
from features.history.measures import FOUND, NUMBERS, number_and_power

_FLAG = {Known.ITEM: ITEM, Known.OUTCOME: LABEL, Known.FIRST: FIRST, Known.SEEN: SEEN}
_COUNTS = frozenset({"items", "known", "illicit", "young", *FOUND})
_DAY = {Kind.FIRST_DAY: -1, Kind.LAST_DAY: -2}


def _windows(aggregates: Iterable[Aggregate]) -> set[int]:
    return {days for each in aggregates if each.kind is Kind.SUM for days in each.weights if days != EVER}


WINDOWS: dict[str, frozenset[int]] = {
    entity.name: frozenset(_windows(entity.aggregates))
    | {level.days for level in LEVELS if level.entity == entity.name}
    for entity in ENTITIES
}
"""The windows of each entity, of its sums and of its comparables, in days."""

LAGS: tuple[int, ...] = tuple(sorted(frozenset().union(*WINDOWS.values())))
"""Every window, in days; the number of a lag is its place here and one (0: a row comes)."""


LEAVING: tuple[int, ...] = tuple(
    sorted(
        {
            number_and_power(each.of)[0]
            for entity in ENTITIES
            for each in entity.aggregates
            if _windows([each]) and number_and_power(each.of)[0] >= 0
        }
        | {NUMBERS.index("uv")}
    )
)
"""Places in `NUMBERS` of those that a row still needs when it grows too old for a window."""

WINDOWED: tuple[str, ...] = tuple(name for name, windows in WINDOWS.items() if windows)
"""Entities of which anything grows too old for a window."""


@dataclass(frozen=True)
class Plan:
    """How changes bear on the columns of an entity.

    `steps` are lines of (column, flag, number, power, weight, window), those of one lag after another from
    `starts[lag]` on; a number is a place in `NUMBERS`, that of what grows too old a place in `LEAVING`.
    `names` are those of the columns, `unseen` the values of a new key.
    """

    names: tuple[str, ...]
    steps: NDArray[np.int32]
    starts: NDArray[np.int32]
    unseen: NDArray[np.int64]
    counts_only: bool

    @property
    def dtype(self) -> type[np.signedinteger[Any]]:
        """The narrowest integers that hold the values: numbers of rows and days need no wide ones."""
        return np.int32 if self.counts_only else np.int64


def plan_of(entity: Entity, is_wanted: Callable[[str], bool] = lambda _: True) -> Plan:
    """Give the plan of the wanted sums and days of an entity; parties that are met have loops of their own.

    >>> from features.history.entities import ENTITY
    >>> plan = plan_of(ENTITY["departure"])
    >>> plan.names, plan.steps.tolist()
    (('departure.items',), [[0, 2, -1, 0, 1, 0]])
    """
    summed = [
        each
        for each in entity.aggregates
        if each.kind is not Kind.PARTIES and is_wanted(f"{entity.name}.{each.name}")
    ]
    lines = [[step for column, each in enumerate(summed) for step in _steps(column, each, 0)]]
    lines += [
        [step for column, each in enumerate(summed) for step in _steps(column, each, lag)] for lag in LAGS
    ]
    starts = np.cumsum([0, *map(len, lines)])
    flat = [step for line in lines for step in line]
    return Plan(
        tuple(f"{entity.name}.{each.name}" for each in summed),
        np.array(flat, np.int32).reshape(-1, 6),
        starts.astype(np.int32),
        np.array([each.unseen for each in summed], np.int64),
        all(each.of in _COUNTS for each in summed),
    )


def _steps(column: int, aggregate: Aggregate, lag: int) -> list[list[int]]:
    """Steps of a column for what comes (lag 0), or for what grows so many days old."""
    flag = _FLAG[aggregate.known]
    if aggregate.kind in _DAY:
        return [[column, flag, -1, 0, 1, _DAY[aggregate.kind]]] if lag == 0 else []
    number, power = number_and_power(aggregate.of)
    if lag and number >= 0 and lag in aggregate.weights:
        number = LEAVING.index(number)
    return [
        [column, flag, number, power, weight if lag == 0 else -weight, window]
        for window, weight in aggregate.weights.items()
        if lag in {0, window}
    ]
