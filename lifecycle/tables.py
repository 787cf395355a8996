"""Reports as tables that fit a terminal."""

from __future__ import annotations

import math

from rich.table import Column, Table

from customs.evidence import DriftReport, EvaluationReport
from customs.figure import Figure
from features.first_digits import EXPECTED
from features.intake_report import IntakeReport
from monitoring.report import rows

_MEASURES = (
    "precision_at_1",
    "precision_at_2",
    "precision_at_5",
    "precision_at_10",
    "average_precision",
    "auc",
)
_PARTS = {
    "novel": "test items whose goods were never seen before",
    "decontaminated": "all test items, learnt without any row of the same goods",
}
_MORE = ("revenue_at_5", "calibration_error", "interval_coverage")


def intake_tables(report: IntakeReport) -> list[Table]:
    """Counts, rules broken, and first digits of an intake."""
    counts = Table("", "rows", "accepted", "repeated", "refused", title="intake")
    for name, of in (("items", report.items), ("outcomes", report.outcomes)):
        if of.rows:
            counts.add_row(name, *(f"{n:,}" for n in (of.rows, of.accepted, of.repeated, of.refused)))
    tables = [counts]
    if report.rules:
        rules = Table(Column("rule", no_wrap=True), "level", "rows", "meaning", title="rules broken")
        for rule in report.rules:
            rules.add_row(
                rule.rule, "refused" if rule.level == "E" else "warned", f"{rule.rows:,}", rule.meaning
            )
        tables.append(rules)
    if sum(report.first_digits.counts):
        shares = report.first_digits.shares()
        digits = Table("", *map(str, range(1, 10)), title="first digits of cif, %, beside Benford's law")
        digits.add_row("observed", *(f"{share:.1%}".rstrip("%") for share in shares))
        digits.add_row("expected", *(f"{share:.1%}".rstrip("%") for share in EXPECTED))
        tables.append(digits)
    return tables


def evaluation_tables(report: EvaluationReport) -> list[Table]:
    """One table a part of the data: a row a method, figures with their intervals."""
    tables = []
    for part in dict.fromkeys(evaluation.part for evaluation in report.evaluations):
        rows = [evaluation for evaluation in report.evaluations if evaluation.part == part]
        measures = [
            name for name in (*_MEASURES, *_MORE) if any(name in evaluation.figures for evaluation in rows)
        ]
        items, illicit = rows[0].items, rows[0].illicit
        title = f"{part}: {items:,} items, {illicit:,} illicit ({100 * illicit / items:.1f} %)"
        if part in _PARTS:
            title += f"\n{_PARTS[part]}"
        table = Table("measure", *(evaluation.method for evaluation in rows), title=title)
        for name in measures:
            table.add_row(_short(name), *(_cell(evaluation.figures.get(name)) for evaluation in rows))
        tables.append(table)
    return tables


def drift_table(report: DriftReport, most: int = 12) -> Table:
    """The columns that moved too far, then those that moved most."""
    head, *body = rows(report, most)
    table = Table(*head, title=f"drift, {report.since} to {report.until}")
    for row in body:
        table.add_row(*row, style="red" if row[-1] else None)
    return table


def _short(name: str) -> str:
    measure, _, percent = name.rpartition("_at_")
    if measure:
        name = f"{measure}_at_{percent}%"
    return (
        name.replace("precision_at_", "P@")
        .replace("average_precision", "AP")
        .replace("auc", "AUC")
        .replace("_", " ")
    )


def _cell(figure: Figure | None) -> str:
    if figure is None or math.isnan(figure.value):
        return ""
    return f"{figure.value:.3f} [dim]{figure.low:.3f}-{figure.high:.3f}[/]"
