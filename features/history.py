"""History of parties, goods and their relations, as of any day, in both times.

As of day D there is only what happened before D and was known before D. All is sums of integers on axes of
days: values are exact, free of order, and differences of prefix sums found by binary search.
An amendment counts from the day it is known: its measures come, those of the version before go. Versions are
those of an item: an item that an amendment does not name keeps its newest version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.columns import Columns, rows
from features.encoding import PREFIX
from features.history_facts import Facts, gather
from features.history_keys import NOBODY, KeyCodes, PartCodes
from features.history_measures import deviation
from features.history_names import COMPARABLES_NEEDED, ENTITIES, HISTORY_NAMES, YOUNG_DAYS, unseen
from features.history_parts import PARTS
from features.history_record import Record
from features.history_settings import HistorySettings
from features.local_time import days_of
from features.snapshot import Snapshot, Table, encode_keys

Index = NDArray[np.signedinteger]
Progress = Callable[[str, int, int], None]

_FIRST_DAY, _LAST_DAY = -500_000, 500_000


def silent(label: str, done: int, total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class History:
    """All that is remembered, by entity.

    >>> from features.columns import from_records, to_frame
    >>> item = {"declaration_id": "A", "item_no": 1, "accepted_at": "2024-01-02", "importer_id": "I"}
    >>> items = [item, item | {"declaration_id": "B", "accepted_at": "2024-01-05"}]
    >>> frame = to_frame(from_records(items).columns)
    >>> history = History.build(frame.lazy(), None)
    >>> history.as_of(from_records([item | {"accepted_at": "2024-01-05"}]).columns)["importer.items"]
    array([1])
    """

    settings: HistorySettings
    parts: PartCodes
    keys: dict[str, KeyCodes]
    records: dict[str, Record]

    @classmethod
    def build(
        cls,
        items: pl.LazyFrame,
        outcomes: pl.LazyFrame | None,
        settings: HistorySettings | None = None,
        progress: Progress = silent,
    ) -> History:
        """Give the history of canonical items and outcomes, all versions of both.

        Outcomes need declaration_id, item_no, version, withdrawn, illicit and known_date (a Date); an outcome
        of an item that is not among the items is left out.
        """
        facts = gather(items, outcomes)
        history = cls(settings or HistorySettings(), facts.parts, {}, {})
        first = [entity for entity in ENTITIES if entity.name in {"origin_hs6", "hs6"}]
        rest = [entity for entity in ENTITIES if entity not in first]
        for done, entity in enumerate([*first, *rest]):
            progress("history", done, len(ENTITIES))
            if done == len(first):
                facts.numbers.update(history._second(facts))
            keys = KeyCodes.build(entity.name, facts.codes, facts.parts)
            history.keys[entity.name] = keys
            history.records[entity.name] = Record.build(
                entity.name, keys.codes(facts.codes), len(keys.pairs), facts
            )
        progress("history", len(ENTITIES), len(ENTITIES))
        return history

    def as_of(self, columns: Columns) -> Columns:
        """Give the history values (`HISTORY_NAMES`, int64) of each row as of its own customs_date."""
        found = {name: np.empty(rows(columns), np.int64) for name in HISTORY_NAMES}
        for start in range(0, rows(columns), self.settings.chunk_rows):
            part = slice(start, start + self.settings.chunk_rows)
            day = np.clip(columns["customs_date"][part].astype(np.int64), _FIRST_DAY, _LAST_DAY)
            fields = {field: columns[field][part] for field in set(PARTS.values())}
            codes = self.parts.codes(fields)
            for entity in ENTITIES:
                for measure, values in self._values(entity.name, codes, day, entity.measures).items():
                    found[f"{entity.name}.{measure}"][part] = values
        return found

    def snapshot(self, day: date) -> Snapshot:
        """Give the values of every key as of `day`; keys with nothing to say are left out."""
        tables = {}
        for entity in ENTITIES:
            keys = self.keys[entity.name]
            codes = np.arange(len(keys.pairs))
            found = self.records[entity.name].values(
                codes, np.full(len(codes), days_of(day)), entity.measures
            )
            values = np.empty((len(codes), len(entity.measures)), np.int64)
            for column, measure in enumerate(entity.measures):
                values[:, column] = found[measure]
            told = np.flatnonzero((values != [unseen(measure) for measure in entity.measures]).any(axis=1))
            texts = [
                self.parts.texts[part].gather(index[told]).to_list()
                for part, index in zip(entity.parts, keys.parts(), strict=True)
            ]
            tables[entity.name] = Table(
                encode_keys(entity.name, texts) if texts else [PREFIX[entity.name]] * len(told), values[told]
            )
        return Snapshot(day, tables)

    def _values(self, entity: str, codes: dict[str, Index], day: Index, measures: tuple[str, ...]) -> Columns:
        """Measures of each row; each distinct (key, day) is looked up once, in the order of the axis."""
        code = self.keys[entity].codes(codes)
        seen = np.flatnonzero(code != NOBODY)
        first = int(day.min(initial=0))
        span = int(day.max(initial=0)) - first + 1
        asked, back = np.unique(code[seen] * span + (day[seen] - first), return_inverse=True)
        found = self.records[entity].values(asked // span, asked % span + first, measures)
        values = {measure: np.full(len(code), unseen(measure), np.int64) for measure in measures}
        for measure in measures:
            values[measure][seen] = found[measure][back]
        return values

    def _second(self, facts: Facts) -> dict[str, NDArray[np.float64]]:
        """Numbers that need history themselves: deviation of the unit value, youth of the importer."""
        near, wide = (
            self._values(entity, facts.codes, facts.customs_date, ("uv_n", "uv_sum"))
            for entity in ("origin_hs6", "hs6")
        )
        apart = deviation(
            facts.numbers["uv"],
            (near["uv_n"], near["uv_sum"]),
            (wide["uv_n"], wide["uv_sum"]),
            COMPARABLES_NEEDED,
        )
        return {"dev": apart, "young": _young(facts.codes["importer"], facts.day)}


def _young(importer: Index, day: Index) -> NDArray[np.float64]:
    """1 where the importer was first seen less than YOUNG_DAYS before, and not as the history began."""
    known = importer != NOBODY
    first = np.full(int(importer.max(initial=0)) + 1, _LAST_DAY, np.int64)
    np.minimum.at(first, importer[known], day[known])
    since = np.where(known, first[np.maximum(importer, 0)], -_LAST_DAY)
    settled = since - day.min(initial=_LAST_DAY) >= YOUNG_DAYS
    return np.asarray(known & settled & (day - since < YOUNG_DAYS), np.float64)
