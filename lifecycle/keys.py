"""Keys of the workspace: who signs bundles, who approves them, who may call the service.

Names prove nothing, keys do. The private key of a signer lies in `keys/NAME.pem`, readable by its owner
alone; the registry holds public keys only. A client's API key is shown once and kept as a hash.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lifecycle.errors import KeyFileError
from lifecycle.workspace import Workspace, replace_text
from scoring.signature import KeyRing, RegisteredKey, Role
from scoring.signing_key import SigningKey, read_private_key, write_private_key

SIGNERS: tuple[Role, ...] = ("trainer", "approver")
CLIENTS: tuple[str, ...] = ("clearance", "monitor")


@dataclass(frozen=True)
class CreatedKey:
    """What `create` made: where the private key lies, or the API key, which is shown this once."""

    name: str
    role: str
    fingerprint: str
    path: Path | None
    api_key: str | None


def create(workspace: Workspace, name: str, role: str, *, now: datetime) -> CreatedKey:
    """Create and register a key of `role`: a pair for signing, or an API key for a client."""
    _check_name(name)
    workspace.create()
    if role in SIGNERS:
        return _create_signer(workspace, name, role)
    if role in CLIENTS:
        return _create_client(workspace, name, role, now)
    raise KeyFileError(f"no role {role!r}", remedy=f"choose one of {', '.join((*SIGNERS, *CLIENTS))}")


def register(workspace: Workspace, name: str, role: str, public_key: str) -> RegisteredKey:
    """Register the public key (64 hexadecimal digits) of a pair that was made elsewhere."""
    _check_name(name)
    signing = next((known for known in SIGNERS if known == role), None)
    if signing is None:
        raise KeyFileError(f"no signing role {role!r}", remedy=f"choose one of {', '.join(SIGNERS)}")
    if not re.fullmatch(r"[0-9a-f]{64}", public_key):
        raise KeyFileError(
            "the public key is not 64 hexadecimal digits",
            remedy="give the raw Ed25519 public key in hexadecimal",
        )
    key = RegisteredKey(name=name, role=signing, public_key=public_key)
    _refuse_known(workspace, name)
    known = registered(workspace)
    if any(other.public_key == public_key for other in known):
        raise KeyFileError("that public key is registered already", remedy="see `tamiz keys list`")
    _write_registry(workspace, (*known, key))
    return key


def revoke(workspace: Workspace, name: str, *, now: datetime) -> str:
    """Revoke a key by its name; returns its role. What it signed before is refused from now on."""
    at = now.isoformat(timespec="seconds")
    known, clients = registered(workspace), _clients(workspace)
    for key in known:
        if key.name == name:
            stamped = RegisteredKey(key.name, key.role, key.public_key, key.revoked_at or at)
            _write_registry(workspace, tuple(stamped if other is key else other for other in known))
            return key.role
    for client in clients:
        if client["name"] == name:
            client["revoked_at"] = client["revoked_at"] or at
            _write_clients(workspace, clients)
            return str(client["role"])
    raise KeyFileError(f"no key {name!r}", remedy="see `tamiz keys list`")


def registered(workspace: Workspace) -> tuple[RegisteredKey, ...]:
    """Every registered signing key, the revoked ones too."""
    return tuple(RegisteredKey.from_json(entry) for entry in _read(workspace.keys / "registry.json"))


def key_ring(workspace: Workspace) -> KeyRing:
    """The registered keys, ready to verify with."""
    return KeyRing(registered(workspace))


def signer(workspace: Workspace, name: str | None, role: str) -> SigningKey:
    """The private key `name`; without a name the only unrevoked one of `role` in the workspace."""
    usable = [
        key
        for key in registered(workspace)
        if key.role == role and not key.revoked_at and (workspace.keys / f"{key.name}.pem").exists()
    ]
    if name is not None:
        usable = [key for key in usable if key.name == name]
    if len(usable) != 1:
        found = f"{len(usable)} keys" if name is None else f"no usable key {name!r}"
        raise KeyFileError(
            f"{found} of role {role} in {workspace.keys}",
            remedy=f"make one with `tamiz keys create NAME --role {role}`, or name one with --key",
        )
    return read_private_key(workspace.keys / f"{usable[0].name}.pem")


def clients(workspace: Workspace) -> tuple[dict[str, Any], ...]:
    """The clients of the service without their hashes."""
    return tuple({k: v for k, v in entry.items() if k != "sha256"} for entry in _clients(workspace))


def _create_signer(workspace: Workspace, name: str, role: str) -> CreatedKey:
    path = workspace.keys / f"{name}.pem"
    _refuse_known(workspace, name)
    if path.exists():
        raise KeyFileError(f"{path} is there already", remedy="choose another name; keys are never replaced")
    key = SigningKey.create()
    try:
        write_private_key(path, key)
        register(workspace, name, role, key.public_key)
    except BaseException:
        path.unlink(missing_ok=True)  # half a key, or one that nobody knows, would keep its name taken
        raise
    return CreatedKey(name, role, key.fingerprint, path, None)


def _create_client(workspace: Workspace, name: str, role: str, now: datetime) -> CreatedKey:
    _refuse_known(workspace, name)
    api_key = f"tamiz_{secrets.token_urlsafe(32)}"
    digest = hashlib.sha256(api_key.encode()).hexdigest()
    entry = {
        "name": name,
        "role": role,
        "sha256": digest,
        "created_at": now.isoformat(timespec="seconds"),
        "expires_at": None,
        "revoked_at": None,
    }
    _write_clients(workspace, [*_clients(workspace), entry])
    return CreatedKey(name, role, digest[:16], None, api_key)


def _refuse_known(workspace: Workspace, name: str) -> None:
    names = {key.name for key in registered(workspace)} | {client["name"] for client in _clients(workspace)}
    if name in names:
        raise KeyFileError(
            f"key {name!r} is there already", remedy="choose another name; keys are never replaced"
        )


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
        raise KeyFileError(
            "a key's name has 1 to 40 small letters, digits and hyphens",
            remedy="choose such a name, for example trainer-1",
        )


def _read(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise KeyFileError(f"{path} is damaged", remedy="restore it from a backup") from None
    return entries


def _write_registry(workspace: Workspace, keys: tuple[RegisteredKey, ...]) -> None:
    _write(workspace.keys / "registry.json", [key.to_json() for key in keys])


def _clients(workspace: Workspace) -> list[dict[str, Any]]:
    return _read(workspace.keys / "clients.json")


def _write_clients(workspace: Workspace, entries: list[dict[str, Any]]) -> None:
    _write(workspace.keys / "clients.json", entries)


def _write(path: Path, entries: list[Any]) -> None:
    replace_text(path, json.dumps(entries, indent=2) + "\n", mode=0o600)
