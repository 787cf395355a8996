"""`tamiz monitor`: does the present still look like what the champion learnt from?"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from lifecycle.session import Session, command


def add_to(app: typer.Typer) -> None:
    """Add `monitor` to the command line."""
    app.command("monitor")(monitor)


@command
def monitor(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day; default: 30 days before --until."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Day after the last; default: the day after the newest item."
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Where the page goes; default: reports/ of the workspace.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare a period with the champion's reference.

    Exit status 3 on an alert.

    \b
    tamiz monitor --since 2026-01-01 --until 2026-02-01
    """
    from lifecycle.console import data, emit, progress, talk
    from lifecycle.monitor import monitor as watch
    from lifecycle.tables import drift_table
    from monitoring.report import to_dict

    session: Session = context.obj
    with progress() as report:
        seen = watch(session, since=_day(since), until=_day(until), html=html, progress=report)
    if as_json:
        emit(to_dict(seen.report, seen.performance))
    else:
        data.print(drift_table(seen.report))
        for sentence in seen.report.words:
            talk.print(f"- {sentence}", markup=False, soft_wrap=True)
    talk.print(f"page: {seen.html}", soft_wrap=True)
    if seen.report.alert:
        raise typer.Exit(3)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
