"""`tamiz keys`: who signs, who approves, who may call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from lifecycle.session import Session, command

Name = Annotated[str, typer.Argument(help="Name of the key: small letters, digits, hyphens.")]


def add_to(app: typer.Typer) -> None:
    """Add the `keys` group to the command line."""
    group = typer.Typer(
        help="Keys: trainers, approvers, clients, the ledger.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("create")(create)
    group.command("register")(register)
    group.command("revoke")(revoke)
    group.command("rotate")(rotate)
    group.command("list")(list_keys)
    app.add_typer(group, name="keys")


@command
def create(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option(help="trainer, approver, or an API key: clearance, monitor.")],
) -> None:
    """Create a key and register it.

    An API key is written to standard output, once.

    \b
    tamiz keys create anna --role approver
    """
    from lifecycle import keys
    from lifecycle.console import talk

    session: Session = context.obj
    with session.workspace.writing():
        created = keys.create(session.workspace, name, role, now=datetime.now(UTC))
    talk.print(f"{created.role} key {created.name}, fingerprint {created.fingerprint}", soft_wrap=True)
    if created.api_key:
        talk.print("The API key follows. It is shown this once and kept as a hash.")
        typer.echo(created.api_key)
    else:
        talk.print(f"private key: {created.path} (readable by you alone)", soft_wrap=True)


@command
def register(
    context: typer.Context,
    name: Name,
    public_key: Annotated[str, typer.Argument(help="Raw Ed25519 public key, 64 hexadecimal digits.")],
    role: Annotated[str, typer.Option(help="trainer or approver.")],
) -> None:
    """Register the public key of a pair made on another machine."""
    from lifecycle import keys
    from lifecycle.console import talk

    session: Session = context.obj
    with session.workspace.writing():
        key = keys.register(session.workspace, name, role, public_key)
    talk.print(f"registered {key.role} key {key.name}, fingerprint {key.fingerprint}", soft_wrap=True)


@command
def revoke(context: typer.Context, name: Name) -> None:
    """Revoke a key.

    Nothing it signed is accepted from now on.
    """
    from lifecycle import keys
    from lifecycle.console import talk

    session: Session = context.obj
    with session.workspace.writing():
        role = keys.revoke(session.workspace, name, now=datetime.now(UTC))
    talk.print(f"revoked {role} key {name}")


@command
def rotate(context: typer.Context) -> None:
    """Have another key seal the ledger.

    Heads and receipts that earlier keys signed stay good. A service that runs takes the new key when it is
    next started; services of other machines need the file `keys/sealing.json` anew before that.
    """
    from ledger.errors import VaultError
    from ledger.sealing_key import rotate as another
    from lifecycle.console import talk

    session: Session = context.obj
    path = session.workspace.sealing_key
    if not path.exists():
        raise VaultError("there is no sealing key yet", remedy="the service makes it: tamiz serve")
    with session.workspace.writing():
        made = another(path)
    talk.print(f"public key {made.public_keys[-1].hex()}", soft_wrap=True)
    talk.print("Keep it where the earlier ones are kept; the service takes it when it is next started.")


@command
def list_keys(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List the keys: names, roles, fingerprints, states."""
    from lifecycle import keys
    from lifecycle.console import data, emit
    from lifecycle.tables import keys_table

    session: Session = context.obj
    signers = [
        {"name": key.name, "role": key.role, "fingerprint": key.fingerprint, "revoked_at": key.revoked_at}
        for key in keys.registered(session.workspace)
    ]
    clients = keys.clients(session.workspace)
    if as_json:
        emit({"signers": signers, "clients": clients})
        return
    data.print(keys_table(signers, clients))
