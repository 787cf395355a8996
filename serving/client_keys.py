"""Who may call: keys of clearance systems, kept as hashes, one file, reread when it changes."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from serving.errors import ServingInputError

CLEARANCE, MONITOR = "clearance", "monitor"
"""Roles: who may do everything, and who may read how the service stands."""


@dataclass(frozen=True)
class ClientKey:
    """One key: the name of the system that holds it, its role, the SHA-256 of the token, its dates.

    The token has 256 bits of chance, so a plain hash of it cannot be
    searched; dates are ISO 8601 with offset.
    """

    name: str
    role: str
    sha256: str
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None

    def valid(self, now: datetime) -> bool:
        """True if the key is neither revoked nor expired at `now`."""
        if self.revoked_at is not None and datetime.fromisoformat(self.revoked_at) <= now:
            return False
        return self.expires_at is None or now < datetime.fromisoformat(self.expires_at)


@dataclass
class ClientKeys:
    """The keys in one file. A missing file holds no keys; a damaged one leaves the last good keys in force.

    >>> import tempfile
    >>> from datetime import UTC
    >>> now = datetime(2025, 1, 1, tzinfo=UTC)
    >>> key = ClientKey("sunat-test", CLEARANCE, _digest("secret"), "2024-12-31T00:00:00+00:00")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "clients.json"
    ...     _ = path.write_text(json.dumps([vars(key)]))
    ...     keys = ClientKeys(path)
    ...     keys.holder("secret", now).name, keys.holder("guess", now)
    ('sunat-test', None)
    """

    path: Path
    damaged: bool = False
    _keys: tuple[ClientKey, ...] = ()
    _stamp: tuple[int, int, int] | None = field(default=None, repr=False)

    def holder(self, token: str, now: datetime) -> ClientKey | None:
        """Give the valid key of this token, or None; every key is compared, in constant time each."""
        self._refresh()
        digest = _digest(token)
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found if found is not None and found.valid(now) else None

    def _refresh(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            self._keys, self._stamp, self.damaged = (), None, False
            return
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys, self.damaged = read(self.path), False
        except (ServingInputError, OSError):
            self.damaged = True


def read(path: Path) -> tuple[ClientKey, ...]:
    """Give the keys in the file; raises ServingInputError if it cannot be read as such."""
    try:
        return tuple(_key(member) for member in json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ServingInputError(
            f"{path.name} is not a file of client keys",
            remedy="restore it, or create keys anew: tamiz keys create",
        ) from None


def _key(member: Mapping[str, str]) -> ClientKey:
    key = ClientKey(**member)
    for instant in filter(None, (key.created_at, key.expires_at, key.revoked_at)):
        if datetime.fromisoformat(instant).tzinfo is None:
            raise ValueError(instant)
    bytes.fromhex(key.sha256)
    return key


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
