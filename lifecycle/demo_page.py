"""The page that the demonstration ends with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from customs.figure import Figure
from lifecycle.demo import SHARE, Shown, told
from monitoring.report import rows


def page(shown: Shown, root: Path) -> Iterator[RenderableType]:
    """What to print, from top to bottom; it fits a terminal of 80 columns."""
    yield f"\n[bold]Tamiz[/]: one life of a risk model; {shown.items:,} simulated items until {shown.today}"
    yield from _selected(shown)
    if shown.refused:
        yield f"\nThe gate let no model through, so rules and random draws decided: {escape(shown.refused)}"
    else:
        yield _promoted(shown)
        yield _against_table(shown)
        yield _in_words(shown)
    yield from _one_decision(shown)
    yield from _drifted(shown)
    yield from _next(shown, root)


def _selected(shown: Shown) -> Iterator[RenderableType]:
    reasons = Counter(answer["selection"]["reason"] for answer in shown.answers if answer["lane"] != "green")
    said = ", ".join(f"{count} by {reason}" for reason, count in sorted(reasons.items())) or "none"
    yield (
        f"\n[bold]The day[/]: {len(shown.answers)} declarations over HTTP, {sum(reasons.values())} selected "
        f"({said}); the model's capacity is {shown.allowed}.\n"
        f"Inspectors looked at {shown.outcomes} items of them and found {shown.found} irregular."
    )


def _promoted(shown: Shown) -> str:
    head = f"\n[bold]Promoted[/] by a second key: model {shown.trained.bundle_id}"
    return "\n".join((head, *(f"  {escape(ground['en'])}" for ground in shown.grounds)))


def _against_table(shown: Shown) -> Table:
    table = Table(
        "",
        "hit rate",
        "share of the revenue",
        "AUC",
        title=f"\n{shown.judged_items:,} items from {shown.judged_from} on, which no model learnt from:\n"
        f"the best {SHARE:.0%} of each method, against the world's known truth",
        title_justify="left",
    )
    for one in shown.against:
        table.add_row(one.method, *(_interval(figure) for figure in (one.hit_rate, one.revenue, one.auc)))
    return table


def _in_words(shown: Shown) -> str:
    by = {one.method: one for one in shown.against}
    earned = by["oracle"].model_earns
    return (
        f"At this capacity the model finds {_times(by['random'].model_finds)} what random inspections find\n"
        f"and {_times(by['rules'].model_finds)} what simple rules find; it earns {earned.value:.0%} "
        f"({earned.low:.0%} to {earned.high:.0%})\n"
        "of what an oracle would, who knows the world's secrets."
    )


def _times(figure: Figure) -> str:
    return f"{figure.value:.1f} ({figure.low:.1f} to {figure.high:.1f}) times"


def _one_decision(shown: Shown) -> Iterator[RenderableType]:
    answer = told(shown.answers)
    item = max(answer["items"], key=lambda one: one["risk"] or 0.0)
    yield f"\n[bold]One decision explained[/]: {answer['decision_id']}, lane {answer['lane']}"
    if item["risk"] is not None:
        yield f"  item {item['item_no']}: risk {item['risk']:.2f}{_value(item)}"
    for reason in item["reasons"][:3]:
        yield f"  {reason['contribution']:+.2f}  {escape(reason['text']['en'])}"
    equal = "bit-equal" if shown.replayed.equal else f"differs at {', '.join(shown.replayed.differences)}"
    yield f"  made again from its record: {equal}"


def _value(item: dict[str, Any]) -> str:
    value = item["value"]
    return (
        f", comparable goods suggest a value of {value['low']:,.0f} to {value['high']:,.0f}" if value else ""
    )


def _drifted(shown: Shown) -> Iterator[RenderableType]:
    if shown.seen is None:
        return
    report = shown.seen.report
    moved = [row for row in rows(report)[1:] if row[-1]]
    said = ", ".join(f"{row[0]} ({row[1]} {row[2]})" for row in moved[:2]) or "nothing beyond chance"
    verdict = "ALERT" if report.alert else "no alert"
    yield f"\n[bold]Drift[/] {report.since} to {report.until}: {verdict}"
    yield f"  moved most: {escape(said)}"


def _next(shown: Shown, root: Path) -> Iterator[RenderableType]:
    yield "\n[bold]To read[/]"
    yield f"  evaluation  {shown.trained.page}"
    if shown.picture:
        yield f"  hit rates   {shown.picture}"
    if shown.seen:
        yield f"  drift       {shown.seen.html}"
    yield "\n[bold]Next[/]"
    yield f"  tamiz --workspace {root} audit show {told(shown.answers)['decision_id']}"
    yield f"  tamiz --workspace {root} mlflow"
    yield f"  tamiz --workspace {root} serve\n"


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} [dim]{figure.low:.3f} to {figure.high:.3f}[/]"
