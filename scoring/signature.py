"""Who signed: names prove nothing, keys do.

Keys are Ed25519 (RFC 8032). A key is known by its fingerprint, the SHA-256 of its 32 public bytes, and
registered with a role. One who approves a model holds another key than its trainer's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from scoring.errors import KeyRefusedError

Role = Literal["trainer", "approver"]
ROLES: tuple[Role, ...] = ("trainer", "approver")


@dataclass(frozen=True)
class Signature:
    """A signature (hex) and the fingerprint of the key that made it."""

    fingerprint: str
    signature: str


def fingerprint(public_key: str) -> str:
    """Give the SHA-256, in hex, of the public key given in hex."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()


@dataclass(frozen=True)
class RegisteredKey:
    """A public key (hex) that the workspace knows, whose it is, and what it may sign."""

    name: str
    role: Role
    public_key: str
    revoked_at: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no Ed25519 public key, and roles that do not exist."""
        if self.role not in ROLES:
            raise KeyRefusedError(
                f"role {self.role!r} is unknown", remedy=f"choose one of {', '.join(ROLES)}"
            )
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public_key))
        except ValueError as error:
            raise KeyRefusedError(
                f"key {self.name!r} is no Ed25519 public key", remedy="register the 64 hex digits of one"
            ) from error

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key, in hex."""
        return fingerprint(self.public_key)

    def to_json(self) -> dict[str, str | None]:
        """Give the key as it stands in the register."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, str | None]) -> RegisteredKey:
        """Read what to_json wrote."""
        role: Role = "approver" if data["role"] == "approver" else "trainer"
        if data["role"] != role:
            raise KeyRefusedError(
                f"role {data['role']!r} is unknown", remedy=f"choose one of {', '.join(ROLES)}"
            )
        return cls(str(data["name"]), role, str(data["public_key"]), data.get("revoked_at"))


@dataclass(frozen=True)
class KeyRing:
    """The registered keys. A key that was registered twice counts as revoked if either entry is."""

    keys: tuple[RegisteredKey, ...] = ()

    def before_revocations(self) -> KeyRing:
        """Give the same keys as they were before any was revoked: to look back, never to decide."""
        return KeyRing(tuple(replace(key, revoked_at=None) for key in self.keys))

    def require(self, fingerprint: str, role: Role, *, other_than: str | None = None) -> RegisteredKey:
        """Give the registered key; refused if it is unknown, revoked, of another role, or `other_than`.

        `other_than` is the fingerprint of a key that may not sign here: the trainer's, where one approves.
        """
        found = [key for key in self.keys if key.fingerprint == fingerprint]
        if not found:
            raise KeyRefusedError(
                f"key {fingerprint[:16]} is not registered",
                remedy="take it again from where it was made; register a key only from whom it belongs to",
                why="unregistered",
            )
        revoked = next((key for key in found if key.revoked_at), None)
        if revoked:
            raise KeyRefusedError(
                f"key {revoked.name!r} was revoked on {revoked.revoked_at}",
                remedy="sign with another key",
                why="revoked",
            )
        if fingerprint == other_than:
            raise KeyRefusedError(
                f"key {found[0].name!r} trained this model",
                remedy="have another registered key approve it",
                why="trained",
            )
        fitting = next((key for key in found if key.role == role), None)
        if not fitting:
            raise KeyRefusedError(
                f"key {found[0].name!r} is registered as {found[0].role}, not {role}",
                remedy=f"sign with a key registered as {role}",
                why="role",
            )
        return fitting

    def verify(
        self, data: bytes, signature: Signature, role: Role, *, other_than: str | None = None
    ) -> RegisteredKey:
        """Give the key that signed these bytes; refused if it may not, or if it did not."""
        key = self.require(signature.fingerprint, role, other_than=other_than)
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_key))
            public.verify(bytes.fromhex(signature.signature), data)
        except (ValueError, InvalidSignature) as error:
            raise KeyRefusedError(
                f"the signature is not that of key {key.name!r} over these bytes",
                remedy="take the signed files again from where they were made",
            ) from error
        return key
