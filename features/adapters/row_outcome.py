"""Outcomes that stand in the rows of their items."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.outcome import Finding, SelectionReason
from features.adapters.chunk import Rows
from features.columns import Columns, Unreadable, missing_text, take
from features.local_time import NO_DAY, NO_INSTANT, date_of, midnight_of
from features.outcome_columns import complete_outcomes

_KEY = ("declaration_id", "item_no", "version")


def outcomes_beside(items: Rows, labels: Rows, delay_days: int, time_zone: str) -> Rows:
    """Outcomes of the rows that have a label; a row without one was not inspected, as far as is known.

    `labels` holds what the rows say of their outcome. What they do not say is made: `illicit` by the finding,
    `finding` by illicit, `selection_reason` legacy, `result_at` so many days after customs_date.
    """
    faults = [fault for fault in labels.unreadable if fault.field]
    columns = labels.columns | {name: items.columns[name] for name in _KEY}
    columns |= _made(columns, items.columns["customs_date"], delay_days, time_zone)
    has_label = ~np.isnan(columns["illicit"])
    has_label[[fault.row for fault in faults]] = True
    at = np.flatnonzero(has_label)
    place = np.cumsum(has_label) - 1
    return Rows(
        complete_outcomes(take(columns, at), time_zone),
        items.lines[at],
        tuple(Unreadable(int(place[fault.row]), fault.field, fault.value, fault.rule) for fault in faults),
    )


def _made(columns: Columns, customs_date: NDArray[np.int32], delay_days: int, time_zone: str) -> Columns:
    finding, illicit, reason = columns["finding"], columns["illicit"], columns["selection_reason"]
    told = np.where(missing_text(finding), np.nan, (finding != Finding.NONE.value).astype(float))
    illicit = np.where(np.isnan(illicit), told, illicit)
    results = columns["result_at"]
    late = _results(customs_date, delay_days, time_zone)
    return {
        "illicit": illicit,
        "finding": np.where(missing_text(finding), _findings(illicit), finding),
        "selection_reason": np.where(missing_text(reason), SelectionReason.LEGACY.value, reason),
        "result_at": np.where(results == NO_INSTANT, late, results),
    }


def _findings(illicit: NDArray[np.float64]) -> NDArray[Any]:
    return np.where(illicit == 1, Finding.OTHER.value, Finding.NONE.value).astype(object)


def _results(customs_date: NDArray[np.int32], delay_days: int, time_zone: str) -> NDArray[np.int64]:
    days, index = np.unique(customs_date, return_inverse=True)
    results = [_result(int(day), delay_days, time_zone) for day in days]
    return np.array(results, np.int64)[index]


def _result(day: int, delay_days: int, time_zone: str) -> int:
    return NO_INSTANT if day == NO_DAY else midnight_of(date_of(day + delay_days), time_zone)
