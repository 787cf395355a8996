"""`tamiz sources`: reference tables, what others know of goods, firms, prices and rates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.session import Session, command

if TYPE_CHECKING:
    from features.reference.intake import AddReport

Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def add_to(app: typer.Typer) -> None:
    """Add the `sources` group to the command line."""
    group = typer.Typer(
        help="Reference tables: prices, companies, rates, tariff, lists.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("add")(add)
    group.command("list")(list_sources)
    group.command("check")(check)
    app.add_typer(group, name="sources")


@command
def add(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(readable=False, help="The table, CSV or Parquet.")],
    kind: Annotated[str, typer.Option(help="Kind of table, as tariff; see docs/guide/references.md.")],
    source: Annotated[
        str | None, typer.Option(help="Who says so; for rows that do not name their source.")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Under what terms it may be used; likewise.")] = None,
    retrieved_at: Annotated[
        str | None, typer.Option(help="When it was fetched: a date or an instant; default now.")
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=COLUMN", help="Our name of a column of the file; can be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Add the rows of a file to a reference table.

    What breaks a rule goes to quarantine with its remedy; the same file twice adds nothing.

    \b
    tamiz sources add rates.csv --kind exchange_rates --source ECB --licence free
    """
    from lifecycle import sources
    from lifecycle.console import progress

    session: Session = context.obj
    pairs = sources.mapping_of(mapping or [])
    with session.workspace.writing(), progress() as report:
        added = sources.add_file(
            session,
            file,
            kind,
            source=source,
            licence=licence,
            retrieved_at=retrieved_at,
            mapping=pairs,
            progress=report,
        )
    _tell(added, as_json)


@command
def list_sources(context: typer.Context, as_json: Json = False) -> None:
    """List the reference tables.

    Sources, licences, rows, dates, and the age of the newest row.
    """
    from lifecycle import sources
    from lifecycle.console import data, emit, talk
    from lifecycle.tables import sources_table

    session: Session = context.obj
    entries = sources.listed(session)
    if as_json:
        emit({"sources": [entry.to_json() for entry in entries]})
    elif entries:
        data.print(sources_table(entries, data.width))
    else:
        talk.print("no reference tables yet: tamiz sources add --help")


@command
def check(context: typer.Context, as_json: Json = False) -> None:
    """Look over the reference tables.

    Says what is wrong or doubtful, in which rows, and what to do. Exit status 1 if anything is wrong.
    """
    from lifecycle import sources
    from lifecycle.console import data, emit, talk
    from lifecycle.tables import findings_table

    session: Session = context.obj
    findings = sources.checked(session)
    wrong = sum(one.level == "E" for one in findings)
    if as_json:
        emit({"wrong": wrong, "findings": [one.to_json() for one in findings]})
    elif findings:
        data.print(findings_table(findings))
    talk.print(f"{wrong} wrong, {len(findings) - wrong} doubtful")
    if wrong:
        raise typer.Exit(1)


def _tell(added: AddReport, as_json: bool) -> None:
    from lifecycle.console import data, emit, talk
    from lifecycle.tables import added_table

    if as_json:
        emit(added.to_json())
    else:
        data.print(added_table(added))
    if added.unknown_columns:
        talk.print(f"columns not kept: {', '.join(added.unknown_columns)}", markup=False, soft_wrap=True)
    if added.quarantine:
        talk.print(f"refused rows, each with its line, rule and remedy: {added.quarantine}", soft_wrap=True)
    if not added.counts.rows:
        talk.print(f"{added.file}: no rows: nothing was added", markup=False, soft_wrap=True)
    if added.all_refused:
        talk.print("[bold red]error:[/] every row was refused; nothing was added")
        talk.print("[bold]remedy:[/] see the rules above: is --kind the right one?")
        raise typer.Exit(2)
