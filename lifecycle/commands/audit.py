"""`tamiz audit`: why one shipment was stopped, and whether its record still is what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.session import Session, command

if TYPE_CHECKING:
    from ledger.verification import Verification

Id = Annotated[str, typer.Argument(metavar="ID", help="decision_id of the service's answer.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


_CHANGED = {
    "rules": "the rules in force today are not those of the record",
    "catalogue": "the catalogue of reasons is not that of the record",
    "code": "another version of Tamiz made the record",
    "draw": "this workspace's key gives another draw: it has another key or none, or the draw was not drawn",
    "trainer": "the key that signed the bundle was revoked since",
}


def add_to(app: typer.Typer) -> None:
    """Add the `audit` group to the command line."""
    group = typer.Typer(
        help="Audit: show, replay, verify, export.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("verify")(verify)
    group.command("export")(export)
    app.add_typer(group, name="audit")


@command
def show(context: typer.Context, decision: Id, as_json: Json = False) -> None:
    """Print the whole record of a decision.

    \b
    tamiz audit show DECISION_ID --json
    """
    from lifecycle import audit
    from lifecycle.console import data, emit

    session: Session = context.obj
    found = audit.show(session, decision)
    if as_json:
        emit(found)
    else:
        data.print_json(data=found, ensure_ascii=False)


@command
def replay(context: typer.Context, decision: Id, as_json: Json = False) -> None:
    """Make a decision again from its record.

    It is bit-equal, or what differs is named (exit status 1).

    \b
    tamiz audit replay DECISION_ID
    """
    from dataclasses import asdict

    from lifecycle import audit
    from lifecycle.console import emit, talk

    session: Session = context.obj
    done = audit.replay(session, decision)
    if as_json:
        emit({**asdict(done), "equal": done.equal})
    elif done.equal:
        talk.print("bit-equal: the decision made again is the one recorded")
    else:
        talk.print(f"{len(done.differences)} places differ:")
        for place in done.differences:
            talk.print(f"  {place}", markup=False)
    for name in done.changed if not as_json else ():
        talk.print(f"note: {_CHANGED[name]}", soft_wrap=True)
    if not done.equal:
        raise typer.Exit(1)


@command
def verify(context: typer.Context, as_json: Json = False) -> None:
    """Recompute the leaf hash of every record, and compare it with its columns and with what it seals.

    Exit status 1 if something differs. Records that were moved, cut off the end, or made anew by who holds
    the keys are seen only against an export that was kept elsewhere: it is the beginning of every later one.
    """
    from lifecycle import audit
    from lifecycle.console import emit, talk

    session: Session = context.obj
    result = audit.verify(session)
    if as_json:
        differences = [vars(difference) for difference in result.differences]
        emit({"checked": result.checked, "intact": result.intact, "differences": differences})
    else:
        _tell(result)
        talk.print(
            "not seen here: what was moved, cut off the end or made anew with the keys", soft_wrap=True
        )
        talk.print("keep an export elsewhere: every later one begins with it", soft_wrap=True)
    if not result.intact:
        raise typer.Exit(1)


def _tell(found: Verification) -> None:
    from lifecycle.console import talk

    talk.print(f"{found.checked:,} records checked, {len(found.differences):,} differences")
    for difference in found.differences:
        place = f"{difference.seq} {difference.id or ''}".strip() if difference.seq else "the file"
        talk.print(f"  {place}: {difference.words}", markup=False, soft_wrap=True)


@command
def export(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write, JSON lines.")],
) -> None:
    """Write every record with its leaf hash to a file.

    Personal data in it is ciphertext. The ledger is verified before; exit status 1 if something differs.
    """
    from lifecycle import audit
    from lifecycle.console import talk

    session: Session = context.obj
    found = audit.export(session, output)
    talk.print(f"{found.checked:,} records in {output}", soft_wrap=True)
    if not found.intact:
        _tell(found)
        raise typer.Exit(1)
