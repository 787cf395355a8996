"""`tamiz models`: what there is, who is champion, promotion and the way back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lifecycle.session import Session, command

Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the model, or its first letters.")]
Key = Annotated[str, typer.Option("--key", help="Name of the approver's key.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def add_to(app: typer.Typer) -> None:
    """Add the `models` group to the command line."""
    group = typer.Typer(
        help="Models: list, show, promote, roll back.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("list")(list_models)
    group.command("show")(show)
    group.command("promote")(promote)
    group.command("rollback")(rollback)
    group.command("export")(export)
    app.add_typer(group, name="models")


@command
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """List the models of the workspace, newest first."""
    from rich.table import Table

    from lifecycle import models
    from lifecycle.console import data, emit, talk

    session: Session = context.obj
    found = models.listed(session.workspace)
    if as_json:
        emit({"models": [asdict(one) for one in found]})
        return
    if not found:
        talk.print("no model yet; next: tamiz train")
        return
    table = Table("id", "created at", "state")
    for one in found:
        table.add_row(one.id, one.created_at, one.state)
    data.print(table)


@command
def show(context: typer.Context, model: Id, as_json: Json = False) -> None:
    """Show the card of a model, after checking its signature."""
    from lifecycle import models
    from lifecycle.console import emit

    session: Session = context.obj
    shown = models.card(session.workspace, model)
    if as_json:
        emit({"id": shown.id, "trainer": shown.trainer.name, "card": shown.card})
    else:
        typer.echo(shown.text)


@command
def promote(context: typer.Context, model: Id, key: Key, as_json: Json = False) -> None:
    """Make a model champion, if the gate lets it.

    The promotion is signed by the approver's key; a refusal ends with exit status 3.

    \b
    tamiz models promote BUNDLE_ID --key approver
    """
    from lifecycle import models
    from lifecycle.console import emit, talk

    session: Session = context.obj
    with session.workspace.writing():
        decided = models.promote(session.workspace, model, key, session.training, now=datetime.now(UTC))
    if as_json:
        emit(asdict(decided))
        return
    talk.print(f"champion: {decided.bundle_id}, approved by {decided.approver}")
    for ground in decided.grounds:
        talk.print(f"  because {ground}", markup=False)


@command
def rollback(context: typer.Context, key: Key, as_json: Json = False) -> None:
    """Make the champion before this one champion again."""
    from lifecycle import models
    from lifecycle.console import emit, talk

    session: Session = context.obj
    with session.workspace.writing():
        decided = models.roll_back(session.workspace, key, now=datetime.now(UTC))
    if as_json:
        emit(asdict(decided))
    else:
        talk.print(f"champion: {decided.bundle_id} again, approved by {decided.approver}")


@command
def export(
    context: typer.Context,
    model: Id,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to make.")],
) -> None:
    """Copy a model, verified, to a folder of its own."""
    from lifecycle import models
    from lifecycle.console import talk

    session: Session = context.obj
    talk.print(f"exported to {models.export(session.workspace, model, output)}", soft_wrap=True)
