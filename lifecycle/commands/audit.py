"""`tamiz audit`: why one shipment was stopped, and whether its record still is what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.session import Session, command

if TYPE_CHECKING:
    from lifecycle.audit import Verified

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
        help="Audit: show, replay, verify, head, export.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("show")(show)
    group.command("replay")(replay)
    group.command("verify")(verify)
    group.command("head")(head)
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
def verify(
    context: typer.Context,
    heads: Annotated[
        Path | None, typer.Option("--heads", help="Second place of the heads; default: that of the settings.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute the leaf hash of every record, and compare it with columns, contents and signed heads.

    Exit status 1 if something differs. A ledger that was made anew by who holds its key is seen only against
    heads of a second place, and records cut off before they were sealed only by receipts of their answers.

    \b
    tamiz audit verify --heads /mnt/elsewhere/heads
    """
    from lifecycle import audit
    from lifecycle.console import emit

    session: Session = context.obj
    found = audit.verify(session, heads)
    result = found.verification
    if as_json:
        differences = [vars(difference) for difference in result.differences]
        emit(
            {
                "checked": result.checked,
                "intact": result.intact,
                "sealed": found.sealed,
                "heads": found.heads,
                "exported": found.exported,
                "differences": differences,
            }
        )
    else:
        _tell(found)
    if not result.intact:
        raise typer.Exit(1)


def _tell(found: Verified) -> None:
    from lifecycle.console import talk

    result = found.verification
    talk.print(f"{result.checked:,} records checked, {len(result.differences):,} differences")
    talk.print(
        f"{found.sealed:,} of them below {found.heads:,} signed heads, {found.exported:,} of a second place"
    )
    for difference in result.differences:
        place = f"{difference.seq} {difference.id or ''}".strip() if difference.seq else "the ledger"
        talk.print(f"  {place}: {difference.words}", markup=False, soft_wrap=True)
    if not found.exported:
        talk.print(
            "not seen here: what was made anew with the ledger's key; name a second place (--heads), or see "
            "`heads` in configs/ledger.yaml",
            soft_wrap=True,
        )


@command
def head(context: typer.Context, as_json: Json = False) -> None:
    """Show the newest signed head, and the public keys that prove it: keep both elsewhere."""
    from lifecycle import audit
    from lifecycle.console import data, emit, talk

    session: Session = context.obj
    found = audit.public_head(session)
    if as_json:
        emit(found)
        return
    talk.print(f"{found['size']:,} of {found['records']:,} records are sealed")
    if found["note"]:
        data.print(found["note"], markup=False, highlight=False, soft_wrap=True)
    for key in found["public_keys"]:
        talk.print(f"public key {key}", soft_wrap=True)


@command
def export(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Package to write, .zip.")],
) -> None:
    """Write the whole ledger as a package that proves itself without Tamiz.

    It holds every record, the signed heads, and verify.py, which needs Python and `cryptography` alone.
    Personal data in it is ciphertext. The ledger is sealed and verified; exit status 1 if something differs.

    \b
    tamiz audit export -o ledger.zip
    unzip ledger.zip verify.py
    python verify.py ledger.zip --heads /mnt/elsewhere/heads
    """
    from datetime import UTC, datetime

    from lifecycle import audit
    from lifecycle.console import talk

    session: Session = context.obj
    found = audit.export(session, output, now=datetime.now(UTC))
    talk.print(f"{found.verification.checked:,} records in {output}", soft_wrap=True)
    if not found.verification.intact:
        _tell(found)
        raise typer.Exit(1)
