"""The record of one entity: its axes of prefix sums, and the values they give as of any day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.history_axis import Axis
from features.history_facts import Facts
from features.history_keys import NOBODY
from features.history_measures import MEASURES, measure
from features.history_names import ENTITY, LABEL_WINDOW, NEVER, WINDOWS, Entity
from features.history_states import Changes

Index = NDArray[np.signedinteger]

_LABELS = ("known", "illicit")


@dataclass(frozen=True)
class Windowed:
    """Sums of changes up to a day, and within windows before it.

    A change leaves a window some days after the day that its windows count from (`Changes.base`). That is
    nearly always its own day, and then what has left are the changes of days before the window. `apart[w]`
    corrects this for the others: their values on the day on which they leave, and against them the same on
    the day on which they would if they counted from their own.
    """

    sums: Axis
    apart: dict[int, Axis]

    @classmethod
    def build(
        cls,
        code: Index,
        changes: Changes,
        values: Mapping[str, Callable[[], Index]],
        windows: Mapping[int, Collection[str]],
        codes: int,
    ) -> Windowed:
        """Give the sums of `values` (one a change, of the keys `code`), and in windows of those they name."""
        odd = np.flatnonzero(changes.base != changes.day)
        who, day, base = code[odd], changes.day[odd], changes.base[odd]
        apart = {
            window: Axis.build(
                np.concatenate([who, who]),
                np.concatenate([np.maximum(day, base + window), day + window]),
                _and_against({name: values[name]()[odd] for name in names}),
                codes,
            )
            for window, names in windows.items()
        }
        return cls(
            Axis.build(code, changes.day, ((name, make()) for name, make in values.items()), codes), apart
        )

    def values(self, code: Index, day: Index, measures: Collection[str]) -> dict[str, Index]:
        """Give those of the measures that are sums, or sums of a window, of each (code >= 0, day)."""
        found = self.sums.before(code, day, measures)
        for window, apart in self.apart.items():
            names = [name for name in apart.sums if _within(name, window) in measures]
            if names:
                wrong = apart.before(code, day, names)
                inside = self.sums.between(code, day - window, day, names)
                found |= {_within(name, window): inside[name] - wrong[name] for name in names}
        return found


@dataclass(frozen=True)
class Record:
    """Axes of one entity.

    `seen`: days on which a row became known. `items`: measures of the items that count, `labels`: outcomes
    that do. `met`: the first day of each new importer.
    """

    entity: Entity
    seen: Axis
    items: Windowed
    labels: Windowed
    met: Axis | None

    @classmethod
    def build(cls, name: str, code: Index, codes: int, facts: Facts) -> Record:
        """Give the record of the entity `name` whose key codes are `code`, one a row."""
        entity = ENTITY[name]
        items, labels = facts.items, facts.labels
        return cls(
            entity,
            Axis.build(code, facts.day, (), codes),
            Windowed.build(
                code[items.row], items, _of_items(entity, facts), _windows(entity, MEASURES, WINDOWS), codes
            ),
            Windowed.build(
                code[labels.row],
                labels,
                {"known": lambda: labels.sign, "illicit": lambda: labels.sign * labels.label},
                _windows(entity, _LABELS, (LABEL_WINDOW,)),
                codes,
            ),
            _met(code, facts, codes) if "importers" in entity.measures else None,
        )

    def values(self, code: Index, day: Index, measures: Collection[str]) -> dict[str, Index]:
        """Give measures of the entity of each (code >= 0, day) as of that day."""
        found = self.items.values(code, day, measures) | self.labels.values(code, day, measures)
        if self.met is not None:
            found |= self.met.before(code, day, measures)
        if "last_day" in measures:
            found["last_day"] = self.seen.last(code, day, NEVER)
        if "first_day" in measures:
            found["first_day"] = self.seen.first(code, day, NEVER)
        return found


def _within(name: str, window: int) -> str:
    return f"{name}_{window}d"


def _windows(entity: Entity, names: tuple[str, ...], windows: tuple[int, ...]) -> dict[int, list[str]]:
    """Names that the entity sums in each window."""
    found = {
        window: [name for name in names if _within(name, window) in entity.measures] for window in windows
    }
    return {window: asked for window, asked in found.items() if asked}


def _of_items(entity: Entity, facts: Facts) -> dict[str, Callable[[], Index]]:
    """What the entity sums of items, made when it is asked for: one change, one value."""
    within = {name for asked in _windows(entity, MEASURES, WINDOWS).values() for name in asked}
    items = facts.items

    def maker(name: str) -> Callable[[], Index]:
        return lambda: measure(name, facts.numbers)[items.row] * items.sign

    return {name: maker(name) for name in MEASURES if name in entity.measures or name in within}


def _and_against(values: Mapping[str, Index]) -> Iterator[tuple[str, Index]]:
    return ((name, np.concatenate([each, -each])) for name, each in values.items())


def _met(code: Index, facts: Facts, codes: int) -> Axis:
    """Axis of the first days on which each key met each importer."""
    importer, day = facts.codes["importer"], facts.day
    both = np.flatnonzero((code >= 0) & (importer != NOBODY))
    order = both[np.lexsort((day[both], importer[both], code[both]))]
    new = np.ones(len(order), bool)
    new[1:] = (code[order][1:] != code[order][:-1]) | (importer[order][1:] != importer[order][:-1])
    first = order[new]
    return Axis.build(code[first], day[first], [("importers", np.ones(len(first), np.int64))], codes)
