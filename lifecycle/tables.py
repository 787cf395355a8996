"""Reports as tables that fit a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from rich.markup import escape
from rich.table import Column, Table

from customs.evidence import Comparison, DriftReport, EvaluationReport
from customs.figure import Figure
from features.dictionary import Entry
from features.first_digits import EXPECTED
from features.intake_report import IntakeReport, RuleCount
from features.reference.catalogue import Entry as Held
from features.reference.finding import Finding
from features.reference.intake import AddReport
from features.reference.kinds import KINDS
from features.translation import Say, english
from lifecycle.approvals import Signer, Step
from monitoring.report import rows

NARROW = 80
"""Columns of a terminal below which tables have less in them."""

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

_LONGEST_KIND = max(len(kind.name) for kind in KINDS)


def intake_tables(report: IntakeReport) -> list[Table]:
    """Counts, rules broken, and first digits of an intake."""
    counts = Table("", "rows", "accepted", "repeated", "refused", title="intake")
    for name, of in (("items", report.items), ("outcomes", report.outcomes)):
        if of.rows:
            counts.add_row(name, *(f"{n:,}" for n in (of.rows, of.accepted, of.repeated, of.refused)))
    tables = [counts]
    if report.rules:
        tables.append(rules_table(report.rules))
    if sum(report.first_digits.counts):
        shares = report.first_digits.shares()
        digits = Table("", *map(str, range(1, 10)), title="first digits of cif, %, beside Benford's law")
        digits.add_row("observed", *(f"{share:.1%}".rstrip("%") for share in shares))
        digits.add_row("expected", *(f"{share:.1%}".rstrip("%") for share in EXPECTED))
        tables.append(digits)
    return tables


def rules_table(broken: Sequence[RuleCount]) -> Table:
    """A row a rule: what it did to how many rows, and what it says."""
    table = Table(Column("rule", no_wrap=True), "level", "rows", "meaning", title="rules broken")
    for rule in broken:
        level = "refused" if rule.level == "E" else "warned"
        table.add_row(rule.rule, level, f"{rule.rows:,}", rule.meaning)
    return table


def added_table(report: AddReport) -> Table:
    """Counts, and the rules broken, of a file added to a reference table."""
    counts = report.counts
    table = Table("", "rows", "added", "repeated", "refused", title=f"{report.kind}: {report.file}")
    figures = (counts.rows, counts.accepted, counts.repeated, counts.refused)
    table.add_row("all", *(f"{figure:,}" for figure in figures))
    for rule, broken in report.rules.items():
        table.add_row(rule, "", "", "", f"{broken:,}")
    return table


def sources_table(entries: Sequence[Held], width: int = NARROW) -> Table:
    """The reference tables: a row a kind and source; below `NARROW` columns without most of their days."""
    narrow = width < NARROW
    table = Table(
        Column("kind, source, licence", overflow="fold", min_width=_LONGEST_KIND),
        Column("rows", no_wrap=True),
        title="reference tables",
        caption="all days of each: --json" if narrow else None,
    )
    for name in ("newest",) if narrow else ("days", "age"):
        table.add_column(name, no_wrap=name != "days")
    for entry in entries:
        age = f"{entry.age_days:,} d\nstale" if entry.stale else f"{entry.age_days:,} d"
        days = (f"{entry.known[1]:%Y-%m-%d}\n{age}",) if narrow else (_days(entry), age)
        named = f"{entry.kind}\n{entry.source}\n{entry.licence}"
        table.add_row(named, f"{entry.rows:,}", *days, style="yellow" if entry.stale else None)
    return table


def findings_table(findings: Sequence[Finding]) -> Table:
    """What a look over the reference tables found: a row a kind and check, with the first rows at fault."""
    table = Table(
        Column("kind and check", no_wrap=True),
        Column("rows", no_wrap=True),
        "what, what to do, where",
        title="found in the reference tables",
    )
    for one in findings:
        level = "wrong" if one.level == "E" else "doubtful"
        words = f"{one.meaning}\n[dim]{one.remedy}[/]\n{escape(_where(one))}"
        table.add_row(f"{one.kind}\n{one.check}", f"{one.rows:,}\n{level}", words)
    return table


def _where(finding: Finding) -> str:
    """A line a row, and how many more there are."""
    more = finding.rows - len(finding.examples)
    return "\n".join([*(one.words for one in finding.examples), *([f"and {more:,} more"] if more else [])])


def _days(entry: Held) -> str:
    told = f"valid from {_range(entry.valid)}\nknown {_range(entry.known)}"
    return f"{told}\nretrieved {entry.retrieved_at:%Y-%m-%d}"


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
        columns = ("measure", *(evaluation.method for evaluation in rows))
        table = Table(*(Column(name, overflow="fold") for name in columns), title=title)
        for name in measures:
            table.add_row(_short(name), *(_cell(evaluation.figures.get(name)) for evaluation in rows))
        tables.append(table)
    return tables


def comparison_table(comparison: Comparison) -> Table:
    """A row a measure: both models, the difference, and which is better where that is sure."""
    columns = ("measure", comparison.one, comparison.other, "difference")
    table = Table(
        *(Column(name, overflow="fold") for name in columns),
        title=f"{comparison.items:,} items from {comparison.since}, {comparison.illicit:,} illicit",
        show_lines=True,
    )
    for one in comparison.differences:
        *each, difference = (_cell(figure) for figure in (one.one, one.other, one.difference))
        better = comparison.better(one)
        told = f"{difference}\nbetter: {better}" if better else difference
        table.add_row(_short(one.measure), *each, told)
    return table


def keys_table(signers: Sequence[Mapping[str, Any]], clients: Sequence[Mapping[str, Any]]) -> Table:
    """A row a key: those that sign with their whole fingerprints, then those of clients."""
    table = Table(
        Column("name", overflow="fold"),
        Column("role", no_wrap=True),
        Column("fingerprint", overflow="fold"),
        Column("ended, or ends", overflow="fold"),
    )
    for key in (*signers, *clients):
        ends = key["revoked_at"] or key.get("expires_at") or ""
        table.add_row(key["name"], key["role"], key.get("fingerprint", ""), ends[:10])
    return table


def step_table(step: Step, languages: Sequence[str]) -> Table:
    """A promotion or rollback: a line for each thing that is known of it."""
    title = f"{step.decided_at}: {step.bundle}, {'champion' if step.accepted else 'refused'}"
    table = Table(show_header=False, title=title, title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    said = {
        "earlier champion": step.previous or "none",
        "trained by": _signed(step.trainer),
        "decided by": _signed(step.approver),
        **{f"grounds, {name}": "\n".join(ground[name] for ground in step.grounds) for name in languages},
        "wrong": "\n".join(step.wrong),
    }
    for name, told in said.items():
        if told:
            table.add_row(name, escape(told), style="red" if name == "wrong" else None)
    return table


def _signed(signer: Signer | None) -> str:
    if signer is None:
        return "unknown: the bundle is not there, or not as it was signed"
    return f"{signer.name or 'a key that is not registered'}\n{signer.fingerprint}"


def drift_table(report: DriftReport, most: int = 12) -> Table:
    """The columns that moved too far, then those that moved most."""
    head, *body = rows(report, most)
    table = Table(*head, title=f"drift, {report.since} to {report.until}")
    for row in body:
        table.add_row(*row, style="red" if row[-1] else None)
    return table


def dictionary_table(entries: Sequence[Entry], width: int = NARROW, say: Say = english) -> Table:
    """A row an entry: its name above its group, what it is, what it is made of; heads as `say` says them.

    Below `NARROW` columns these stand one below the other, without what it is made of.
    """
    named = f"{say('name')}\n[dim]{say('group')}[/]"
    if width < NARROW:
        table = Table(
            Column(f"{named}\n{say('meaning')}", overflow="fold"),
            caption=say("what each is made of: --json"),
            show_lines=True,
        )
        for one in entries:
            table.add_row(f"{one.name}\n[dim]{one.group}[/]\n{one.meaning}")
        return table
    table = Table(Column(named, no_wrap=True), say("meaning"), Column(say("made of"), overflow="fold"))
    for one in entries:
        table.add_row(f"{one.name}\n[dim]{one.group}[/]", one.meaning, _sources(one))
    return table


def entry_table(entry: Entry, say: Say = english) -> Table:
    """Everything that is known of one entry, each line named as `say` says it."""
    table = Table(show_header=False, title=f"{entry.name}, {say(entry.what)}", title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column()
    said = {
        "meaning": entry.meaning,
        "unit": entry.unit,
        "group": entry.group,
        "made of": _sources(entry),
        "known": entry.known,
        "class": say(entry.data),
        "kept": entry.kept,
        "value model": say("sees it") if entry.value_model else "",
    }
    for name, text in said.items():
        if text:
            table.add_row(say(name), text)
    return table


def _sources(entry: Entry) -> str:
    """A line a field, then history values with each entity named once."""
    held: dict[str, list[str]] = {}
    for name in entry.history:
        entity, _, measure = name.partition(".")
        held.setdefault(entity, []).append(measure)
    past = (f"{entity}: {', '.join(measures)}" for entity, measures in held.items())
    return "\n".join((*entry.fields, *past))


def _range(days: tuple[date, date]) -> str:
    first, last = (f"{day:%Y-%m-%d}" for day in days)
    return first if first == last else f"{first} to {last}"


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
    return f"{figure.value:.3f}\n[dim]{figure.low:.3f} to {figure.high:.3f}[/]"
