"""`tamiz ingest`, `tamiz outcomes`, `tamiz advance`: what comes into the lake."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.session import FORMATS, Session, command

if TYPE_CHECKING:
    from features.intake_report import IntakeReport
    from lifecycle.advance import Advanced

Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def add_to(app: typer.Typer) -> None:
    """Add `ingest`, `outcomes` and `advance` to the command line."""
    app.command("ingest")(ingest)
    app.command("outcomes")(outcomes)
    app.command("advance")(advance)


@command
def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", readable=False, help="Files of declarations: CSV, Parquet, XML."),
    ],
    format_: Annotated[str, typer.Option("--format", help=FORMATS)],
    outcomes_file: Annotated[
        Path | None,
        typer.Option("--outcomes", readable=False, help="File of canonical outcomes to take with them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check files of declarations and take them in.

    What breaks a rule goes to quarantine with its remedy; the same file twice adds nothing.

    \b
    tamiz ingest items.csv --format canonical --outcomes outcomes.csv
    tamiz ingest national.csv --format configs/sources/national.yaml
    """
    from features import intake
    from features.lake import Lake
    from lifecycle.console import progress

    session: Session = context.obj
    workspace = session.workspace
    with workspace.writing(), progress() as report:
        taken = intake.ingest(
            paths,
            format=session.source_format(format_),
            lake=Lake(workspace.lake),
            quarantine=workspace.quarantine,
            settings=session.intake,
            now=datetime.now(UTC),
            outcomes=outcomes_file,
            progress=report,
        )
    _tell(taken, as_json)


@command
def outcomes(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(readable=False, help="File of canonical outcomes, CSV or Parquet.")],
    as_json: Json = False,
) -> None:
    """Take a file of outcomes into the lake.

    \b
    tamiz outcomes outcomes.csv
    """
    from features import intake
    from features.lake import Lake
    from lifecycle.console import progress

    session: Session = context.obj
    workspace = session.workspace
    with workspace.writing(), progress() as report:
        taken = intake.ingest(
            [],
            format="canonical",
            lake=Lake(workspace.lake),
            quarantine=workspace.quarantine,
            settings=session.intake,
            now=datetime.now(UTC),
            outcomes=file,
            progress=report,
        )
    _tell(taken, as_json)


@command
def advance(
    context: typer.Context,
    to: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day of the snapshot, tomorrow at the latest; default: the day after the newest item.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Carry what came by the API into the lake.

    Then make the snapshot of histories that the service looks up. It can be run again.

    \b
    tamiz advance --to 2026-01-31
    """
    from dataclasses import asdict

    from lifecycle.advance import advance as carry
    from lifecycle.console import emit, progress, talk
    from lifecycle.refusals import tell_refused

    session: Session = context.obj
    with session.workspace.writing(), progress() as report:
        advanced = carry(session, to=to.date() if to else None, now=datetime.now(UTC), progress=report)
    if as_json:
        emit(asdict(advanced))
        return
    talk.print(
        f"from the ledger: {advanced.items:,} items and {advanced.outcomes:,} outcomes; "
        f"snapshot as of {advanced.as_of}"
    )
    tell_refused(advanced.refused)
    talk.print(_way(advanced))
    if advanced.later:
        talk.print(
            f"note: this goes back in time: a snapshot of {advanced.later} is there, and the service now "
            f"looks up that of {advanced.as_of}",
            soft_wrap=True,
        )


def _way(advanced: Advanced) -> str:
    """How the snapshot came about, and what was opened for it."""
    again = ""
    if advanced.damaged:
        done = "made anew" if advanced.damaged == advanced.as_of else "passed over"
        again = f"the snapshot of {advanced.damaged} was damaged: it was {done}; "
    if advanced.reopened:
        again += f"rows of {advanced.reopened} came after that day was closed: it was opened again; "
    if advanced.since is None:
        return f"{again}made anew from the whole lake"
    largest = sorted(advanced.opened.items(), key=lambda each: -each[1])[:3]
    named = "; most of ".join(["", ", ".join(f"{name} ({count:,})" for name, count in largest)])
    return (
        f"{again}brought up from {advanced.since}: {sum(advanced.opened.values()):,} keys changed"
        f"{named if largest else ''}; {advanced.amended:,} amendments and {advanced.told:,} outcomes"
    )


def _tell(report: IntakeReport, as_json: bool) -> None:
    from features.refused import Refused
    from lifecycle.console import data, emit, talk
    from lifecycle.refusals import where_refused
    from lifecycle.tables import intake_tables

    if as_json:
        emit(report.to_json())
    else:
        for table in intake_tables(report):
            data.print(table)
    for line in _of_source(report):
        talk.print(line, markup=False, soft_wrap=True)
    if report.unknown_columns:
        talk.print(f"columns not kept: {', '.join(report.unknown_columns)}", markup=False, soft_wrap=True)
    if report.dates:
        talk.print(f"customs dates: {report.dates[0]} to {report.dates[1]}")
    for line in where_refused(Refused.of(report)):
        talk.print(line, markup=False, soft_wrap=True)
    if not report.items.rows + report.outcomes.rows:
        talk.print(f"{', '.join(report.files)}: no rows: nothing was added", markup=False, soft_wrap=True)
    if report.all_refused:
        talk.print("[bold red]error:[/] every row was refused; nothing was added")
        talk.print("[bold]remedy:[/] see the rules above: is --format the right one?")
        raise typer.Exit(2)


def _of_source(report: IntakeReport) -> list[str]:
    """What a mapping says of its source: its figures are not to be read without."""
    if report.told is None:
        return []
    of = f"{report.told.title}: {report.told.source} ({report.told.licence})"
    return [of, *(f"unusual: {each}" for each in report.told.unusual)]
