"""The record of one entity: its axes of prefix sums, and the values they give as of any day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.history_axis import Axis
from features.history_keys import NOBODY
from features.history_names import ENTITY, LABEL_WINDOW, NEVER, WINDOWS, Entity
from features.history_states import Changes

Index = NDArray[np.int64]

_LABELS = ("known", "illicit")


@dataclass(frozen=True)
class Facts:
    """What befell all rows: effective days, changes of items and labels, integer measures of the rows."""

    day: Index
    items: Changes
    labels: Changes
    measures: dict[str, Index]


@dataclass(frozen=True)
class Record:
    """Axes of one entity.

    `seen`: days on which a row became known. `sums`: measures of the items that count. `gone[w]`: the same,
    on the day after which they are older than the window. `labels`, `labels_gone` likewise. `met`: the first
    day of each new importer.
    """

    entity: Entity
    seen: Axis
    sums: Axis
    gone: dict[int, Axis]
    labels: Axis
    labels_gone: Axis
    met: Axis | None

    @classmethod
    def build(cls, name: str, code: Index, codes: int, facts: Facts, importer: Index) -> Record:
        """Give the record of the entity `name` whose key codes are `code`, one a row.

        `importer` is the importer's code of each row, for those who count the importers they met.
        """
        entity = ENTITY[name]
        items, labels = facts.items, facts.labels
        summed = [measure for measure in _summed(entity) if measure in facts.measures]
        of_items = {measure: facts.measures[measure][items.row] * items.sign for measure in summed}
        of_labels = {"known": labels.sign, "illicit": labels.sign * labels.label}
        who = code[items.row]
        judged = code[labels.row]
        return cls(
            entity,
            Axis.build(code, facts.day, {}, codes),
            Axis.build(who, items.day, of_items, codes),
            {
                window: Axis.build(
                    who,
                    np.maximum(items.day, items.base + window),
                    {
                        each: of_items[each]
                        for each in ("items", "young")
                        if f"{each}_{window}d" in entity.measures
                    },
                    codes,
                )
                for window in WINDOWS
                if f"items_{window}d" in entity.measures
            },
            Axis.build(judged, labels.day, of_labels, codes),
            Axis.build(
                judged,
                np.maximum(labels.day, labels.base + LABEL_WINDOW),
                of_labels if f"known_{LABEL_WINDOW}d" in entity.measures else {},
                codes,
            ),
            _met(code, importer, facts.day, codes) if "importers" in entity.measures else None,
        )

    def values(self, code: Index, day: Index) -> dict[str, Index]:
        """Give every measure of each (code >= 0, day) as of that day."""
        found = self.sums.before(code, day)
        for window, gone in self.gone.items():
            found |= {
                f"{name}_{window}d": found[name] - past for name, past in gone.before(code, day).items()
            }
        found |= self.labels.before(code, day)
        found |= {
            f"{name}_{LABEL_WINDOW}d": found[name] - past
            for name, past in self.labels_gone.before(code, day).items()
        }
        if self.met is not None:
            found |= self.met.before(code, day)
        if "last_day" in self.entity.measures:
            found["last_day"] = self.seen.last(code, day, NEVER)
        if "first_day" in self.entity.measures:
            found["first_day"] = self.seen.first(code, day, NEVER)
        return found


def _summed(entity: Entity) -> tuple[str, ...]:
    """Names of row measures that the entity sums; `young` is summed for the window only."""
    return (*entity.measures, "young") if "young_90d" in entity.measures else entity.measures


def _met(code: Index, importer: Index, day: Index, codes: int) -> Axis:
    """Axis of the first days on which each key met each importer."""
    both = np.flatnonzero((code >= 0) & (importer != NOBODY))
    order = both[np.lexsort((day[both], importer[both], code[both]))]
    new = np.ones(len(order), bool)
    new[1:] = (code[order][1:] != code[order][:-1]) | (importer[order][1:] != importer[order][:-1])
    first = order[new]
    return Axis.build(code[first], day[first], {"importers": np.ones(len(first), np.int64)}, codes)
