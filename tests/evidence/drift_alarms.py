"""Periods with and without drift, as monitoring judges them."""

from __future__ import annotations

from functools import cache

import polars as pl

from monitoring.monitor import monitor
from monitoring.settings import MonitoringSettings
from tests.evidence.proof import Proof
from tests.monitoring.periods import VOCABULARY, period

_DECLARATIONS, _SHIFT = 500, 0.6


def _misjudged(case: int) -> str | None:
    """Judge a month like the reference, and the same month with risk and four amounts moved."""
    if words := _alert(period(case + 1, _DECLARATIONS)):
        return f"an alert without drift: {words}"
    if not _alert(period(case + 1, _DECLARATIONS, shift=_SHIFT)):
        return "no alert though the risk moved"
    return None


def _alert(current: pl.DataFrame) -> str:
    report = monitor(
        _reference(),
        current,
        VOCABULARY,
        MonitoringSettings(),
        bundle_id="proof",
        since="2026-01-01",
        until="2026-02-01",
    )
    return report.words[0] if report.alert else ""


@cache
def _reference() -> pl.DataFrame:
    return period(0, 7_000)


PROOF = Proof(
    name="drift-alarms",
    statement="Of months of 1,500 items in 500 declarations none raises an alert where nothing moved, and "
    "each does where risk and four amounts moved by 0.6 of their standard deviation.",
    count=400,
    small=1,
    run=_misjudged,
)
