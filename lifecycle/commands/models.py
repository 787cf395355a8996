"""`tamiz models`: what there is, who is champion, promotion and the way back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lifecycle.session import Session, command
from lifecycle.tongue import Tongue


def _told_in(language: Tongue | None) -> list[str]:
    """The languages to speak: the one that is named, or all."""
    return [language.value] if language else [one.value for one in Tongue]


Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the model, or its first letters.")]
Key = Annotated[str, typer.Option("--key", help="Name of the approver's key.")]
Language = Annotated[
    Tongue | None, typer.Option("--language", help="Of what is shown; both where none is named.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]

_BECAUSE = {Tongue.ES: "porque", Tongue.EN: "because"}


def add_to(app: typer.Typer) -> None:
    """Add the `models` group to the command line."""
    group = typer.Typer(
        help="Models: list, show, compare, promote, roll back, history.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("list")(list_models)
    group.command("show")(show)
    group.command("compare")(compare)
    group.command("promote")(promote)
    group.command("rollback")(rollback)
    group.command("history")(history)
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
def show(context: typer.Context, model: Id, language: Language = None, as_json: Json = False) -> None:
    """Show the card of a model, after checking its signature.

    \b
    tamiz models show BUNDLE_ID --language es
    """
    from lifecycle import models
    from lifecycle.console import emit

    session: Session = context.obj
    shown = models.card(session.workspace, model)
    if as_json:
        emit({"id": shown.id, "trainer": shown.trainer.name, "card": shown.card})
    else:
        typer.echo(models.card_text(shown, language.value if language else None))


@command
def compare(
    context: typer.Context,
    one: Id,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Id of the other, or its first letters.")],
    html: Annotated[
        Path | None, typer.Option("--html", "-o", help="Page to write, with the plots of both.")
    ] = None,
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Compare two models on the same later items.

    Both are judged on the outcomes that came after both had learnt, resampled together. A model is named
    better where the interval of the difference excludes zero. The page is in English where no language is
    named.

    \b
    tamiz models compare BUNDLE_ID OTHER_ID -o comparison.html --language es
    """
    from lifecycle.compare import compare as beside
    from lifecycle.console import data, emit, progress, talk
    from lifecycle.tables import comparison_table
    from training.comparison import words_of
    from training.comparison_page import comparison_to_json

    session: Session = context.obj
    with progress() as report:
        found = beside(
            session, one, other, html=html, language=(language or Tongue.EN).value, progress=report
        )
    if as_json:
        emit(comparison_to_json(found))
        return
    data.print(comparison_table(found))
    for tongue in _told_in(language):
        for sentence in words_of(found):
            talk.print(f"- {sentence[tongue]}", markup=False, soft_wrap=True)
    if html:
        talk.print(f"page {html}", soft_wrap=True)


@command
def promote(
    context: typer.Context, model: Id, key: Key, language: Language = None, as_json: Json = False
) -> None:
    """Make a model champion, if the gate lets it.

    The promotion is signed by the approver's key; a refusal ends with exit status 3.

    \b
    tamiz models promote BUNDLE_ID --key approver
    """
    from lifecycle.console import emit, progress, talk
    from lifecycle.promote import promote as let_through
    from training.errors import PromotionRefusedError

    session: Session = context.obj
    try:
        with session.workspace.writing(), progress() as report:
            decided = let_through(session, model, key, now=datetime.now(UTC), progress=report)
    except PromotionRefusedError as refused:
        raise PromotionRefusedError(refused.grounds, _told_in(language)) from None
    if as_json:
        emit(asdict(decided))
        return
    talk.print(f"champion: {decided.bundle_id}, approved by {decided.approver}")
    for tongue in _told_in(language):
        for ground in decided.grounds:
            talk.print(f"  {_BECAUSE[Tongue(tongue)]} {ground[tongue]}", markup=False)


@command
def rollback(context: typer.Context, key: Key, as_json: Json = False) -> None:
    """Make the champion before this one champion again."""
    from lifecycle.console import emit, talk
    from lifecycle.promote import roll_back

    session: Session = context.obj
    with session.workspace.writing():
        decided = roll_back(session, key, now=datetime.now(UTC))
    if as_json:
        emit(asdict(decided))
    else:
        talk.print(f"champion: {decided.bundle_id} again, approved by {decided.approver}")


@command
def history(context: typer.Context, language: Language = None, as_json: Json = False) -> None:
    """Show who made which model champion, when and on what grounds.

    Every promotion and rollback, accepted or refused, with the keys that trained and approved. Signatures are
    checked again, and whether the ledger holds each; exit status 1 if something is wrong.

    \b
    tamiz models history --language es
    """
    from lifecycle.approvals import steps
    from lifecycle.console import data, emit, talk
    from lifecycle.tables import step_table

    session: Session = context.obj
    found = steps(session)
    if as_json:
        emit({"steps": [asdict(one) for one in found]})
    elif not found:
        talk.print("no model was promoted yet; next: tamiz models promote ID --key NAME")
    for one in found if not as_json else ():
        data.print(step_table(one, _told_in(language)))
    if any(one.wrong for one in found):
        raise typer.Exit(1)


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
