"""A drift report as JSON and as the rows of a table."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from customs.evidence import ColumnDrift, DriftReport
from monitoring.atomic_file import write_text
from monitoring.performance import Performance

_UNITS = {"psi": "{:.3f}", "missing": "{:+.1%}", "unseen": "{:+.1%}"}


def to_dict(report: DriftReport, performance: Performance | None = None) -> dict[str, object]:
    """Give what JSON can hold: the report, and the hit rates where outcomes are known.

    >>> report = DriftReport("b1", "2026-01-01", "2026-02-01", 20, 10, (), False, ("no alert",))
    >>> to_dict(report)["words"]
    ['no alert']
    """
    held: dict[str, object] = {**asdict(report), "words": list(report.words)}
    held["columns"] = [asdict(column) for column in report.columns]
    if performance is not None:
        held["performance"] = performance.to_dict()
    return held


def write_json(path: Path, report: DriftReport, performance: Performance | None = None) -> None:
    """Write the report as JSON, whole or not at all."""
    text = json.dumps(to_dict(report, performance), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def rows(report: DriftReport, most: int | None = None) -> list[tuple[str, ...]]:
    """Give a head and one row a measure: those over their threshold first, at most `most` of them.

    >>> moved = ColumnDrift("risk", "psi", 0.3, 0.1, True)
    >>> rows(DriftReport("b1", "2026-01-01", "2026-02-01", 20, 10, (moved,), True, ()))[1]
    ('risk', 'psi', '0.300', '0.100', 'yes')
    """
    sorted_ = sorted(report.columns, key=lambda held: (not held.alert, -held.score / held.threshold))
    head = ("column", "measure", "moved by", "allowed", "too far")
    return [head, *(_row(held) for held in sorted_[:most])]


def _row(held: ColumnDrift) -> tuple[str, ...]:
    unit = _UNITS[held.measure]
    return (
        held.column,
        held.measure,
        unit.format(held.score),
        unit.format(held.threshold).lstrip("+"),
        "yes" if held.alert else "",
    )
