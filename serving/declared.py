"""Requests as columns: the same reading and the same rules as for files, refusals told to the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from features.columns import Columns, from_records
from features.outcome_columns import outcomes_from_records
from features.settings import IntakeSettings
from features.validation import validate
from features.validation_judgement import Breach
from features.validation_outcome import validate_outcomes
from serving.contract import HEADER, invalid, items_of
from serving.problem import Fault


def declared(request: Mapping[str, Any], settings: IntakeSettings, now: datetime) -> Columns:
    """Give the columns of a checked request, one row an item, known from `now` on, with their warnings.

    Raises Problem 422 that names every rule of validation that an item breaks.

    >>> from datetime import UTC
    >>> header = {"declaration_id": "A-1", "accepted_at": "2025-03-01", "office_id": "1", "importer_id": "X"}
    >>> item = {"item_no": 1, "hs_code": "870323", "origin_country": "JP", "cif": 9000.0}
    >>> now = datetime(2025, 3, 1, 12, tzinfo=UTC)
    >>> columns = declared({"declaration": header, "items": [item]}, IntakeSettings(), now)
    >>> columns["hs_edition"].tolist(), columns["cif"].tolist()
    (['2022'], [9000.0])
    """
    received = now.isoformat()
    rows = [{**row, "known_at": received} for row in items_of(request)]
    reading = from_records(rows, time_zone=settings.time_zone)
    verdict = validate(reading.columns, settings, now, unreadable=reading.unreadable)
    _refuse(
        verdict.breaches,
        lambda b: f"/declaration/{b.field}" if b.field in HEADER else f"/items/{b.row}/{b.field}",
    )
    return reading.columns | {"warnings": verdict.warnings}


def check_outcomes(outcomes: Sequence[Mapping[str, Any]], settings: IntakeSettings, now: datetime) -> None:
    """Raise Problem 422 that names every rule of validation that an outcome breaks."""
    reading = outcomes_from_records(outcomes, time_zone=settings.time_zone)
    verdict = validate_outcomes(reading.columns, settings, now, unreadable=reading.unreadable)
    _refuse(verdict.breaches, lambda b: f"/{b.row}/{b.field}")


def _refuse(breaches: Sequence[Breach], pointer: Callable[[Breach], str]) -> None:
    """Raise the problem, if there is one; what stands in the declaration is named once, not for each item."""
    faults = {(b.rule, pointer(b)): Fault(pointer(b), b.field, b.rule, b.remedy) for b in breaches}
    if faults:
        raise invalid(list(faults.values()))
