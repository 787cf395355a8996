"""A recorded declaration scored again with other declared facts, as if it had come so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, from_records
from features.lmdb_profile_store import LmdbProfileStore
from features.settings import IntakeSettings
from features.validation import validate
from scoring.bundle import Bundle
from selection.lanes import declaration_scores
from selection.settings import Objective
from serving.contract import items_of
from serving.decide import with_band

Request = Mapping[str, Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bench:
    """What a declaration is scored again with: the model, histories and settings of its decision."""

    request: Request
    received_at: datetime
    customs_date: int
    bundle: Bundle
    store: LmdbProfileStore
    intake: IntakeSettings
    objective: Objective

    def scores(self, variants: Sequence[Request]) -> Floats:
        """Give the score of each variant as a whole declaration; NaN for one that intake would refuse."""
        columns, refused = self._columns(variants)
        history = self.store.lookup(columns)
        scores = self.bundle.score(with_band(columns, history, self.intake), history)
        sizes = [len(variant["items"]) for variant in variants]
        group = np.repeat(np.arange(len(variants)), sizes)
        found = declaration_scores(group, scores.risk, scores.expected_revenue, self.objective)
        return np.where(refused, np.nan, found)

    def _columns(self, variants: Sequence[Request]) -> tuple[Columns, NDArray[np.bool_]]:
        received = self.received_at.isoformat()
        records = [
            {**row, "declaration_id": str(number), "known_at": received}
            for number, variant in enumerate(variants)
            for row in items_of(variant)
        ]
        reading = from_records(records, time_zone=self.intake.time_zone)
        verdict = validate(reading.columns, self.intake, self.received_at, unreadable=reading.unreadable)
        refused = np.zeros(len(variants), bool)
        refused[[int(records[row]["declaration_id"]) for row in np.flatnonzero(verdict.refused)]] = True
        same_day = np.full_like(reading.columns["customs_date"], self.customs_date)
        return reading.columns | {"warnings": verdict.warnings, "customs_date": same_day}, refused


def changed(request: Request, place: int, facts: Mapping[str, object]) -> Request:
    """Give the request with some facts of the item at `place` changed; None takes a fact away.

    >>> changed({"declaration": {}, "items": [{"cif": 1.0, "fob": 1.0}]}, 0, {"cif": 2.0, "fob": None})
    {'declaration': {}, 'items': [{'cif': 2.0}]}
    """
    items = deepcopy(list(request["items"]))
    items[place] = {name: value for name, value in {**items[place], **facts}.items() if value is not None}
    return {**request, "items": items}
