"""A recorded declaration selected again with other declared facts, as if it had come so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.decision import ItemScore
from customs.lane import Lane
from features.columns import Columns, from_records, take
from features.lmdb_profile_store import LmdbProfileStore
from features.validation import WARNINGS, validate
from scoring.bundle import Bundle
from scoring.scorer import Scores
from selection.capacity import Thresholds
from selection.draw import NO_LOT
from selection.facts import facts_of
from selection.memory_quota import MemoryQuota
from selection.policy import select
from selection.settings import DailyLimits
from serving.contract import items_of
from serving.decide import Terms, with_band

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Variant:
    """What a variant would come to by rules and model alone: its score, None without one, and its lane."""

    score: float | None
    lane: Lane


@dataclass(frozen=True)
class Bench:
    """What a declaration is selected again with: the model, histories, rules and settings of its decision."""

    request: Request
    received_at: datetime
    customs_date: int
    bundle: Bundle
    store: LmdbProfileStore
    terms: Terms
    thresholds: Thresholds

    def selected(self, variants: Sequence[Request]) -> list[Variant | None]:
        """Give what each variant would come to; None for one that intake would refuse.

        No lot is drawn, and no quota looked at: they are no facts of the declaration.
        """
        columns, refused = self._columns(variants)
        history = self.store.lookup(columns)
        banded = with_band(columns, history, self.terms.intake)
        scores = self.bundle.score(banded, history)
        ends = np.cumsum([len(variant["items"]) for variant in variants]).tolist()
        parts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        return [
            None if number in refused else self._selected(take(banded, part), scores, part)
            for number, part in enumerate(parts)
        ]

    def _selected(self, columns: Columns, scores: Scores, part: slice) -> Variant:
        unlimited = {"daily_limits": DailyLimits(), "office_limits": {}}
        choice = select(
            facts_of(columns, WARNINGS),
            list(_item_scores(columns["item_no"], scores, part)),
            rules=self.terms.rules,
            thresholds=self.thresholds,
            quota=MemoryQuota(),
            draw=NO_LOT,
            settings=self.terms.selection.model_copy(update=unlimited),
        )
        return Variant(choice.score, choice.selection.lane)

    def _columns(self, variants: Sequence[Request]) -> tuple[Columns, frozenset[int]]:
        """Give the rows of all variants, and the numbers of those that intake would refuse."""
        received, intake = self.received_at.isoformat(), self.terms.intake
        records = [
            {**row, "declaration_id": str(number), "known_at": received}
            for number, variant in enumerate(variants)
            for row in items_of(variant)
        ]
        reading = from_records(records, time_zone=intake.time_zone)
        verdict = validate(reading.columns, intake, self.received_at, unreadable=reading.unreadable)
        refused = frozenset(int(records[row]["declaration_id"]) for row in np.flatnonzero(verdict.refused))
        same_day = np.full_like(reading.columns["customs_date"], self.customs_date)
        return reading.columns | {"warnings": verdict.warnings, "customs_date": same_day}, refused


def _item_scores(item_no: NDArray[np.int64], scores: Scores, part: slice) -> Iterator[ItemScore]:
    """Give of each item what selection asks for: its risk and its expected revenue."""
    risks, revenues = scores.risk[part].tolist(), scores.expected_revenue[part].tolist()
    for no, risk, revenue in zip(item_no.tolist(), risks, revenues, strict=True):
        known = None if math.isnan(revenue) else revenue
        yield ItemScore(no, None if math.isnan(risk) else risk, None, known, None, None, None)


def changed(request: Request, place: int, facts: Mapping[str, object]) -> Request:
    """Give the request with some facts of the item at `place` changed; None takes a fact away.

    >>> changed({"declaration": {}, "items": [{"cif": 1.0, "fob": 1.0}]}, 0, {"cif": 2.0, "fob": None})
    {'declaration': {}, 'items': [{'cif': 2.0}]}
    """
    items = list(request["items"])
    items[place] = {name: value for name, value in {**items[place], **facts}.items() if value is not None}
    return {**request, "items": items}
