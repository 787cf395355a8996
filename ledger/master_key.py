"""The master key: one file, made once, that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import VaultError

_FORMAT = 1


@dataclass(frozen=True, repr=False)
class MasterKey:
    """Two keys of 32 bytes: `index` makes keyed hashes and stays, `wrap` seals data keys and may rotate."""

    index: bytes
    wrap: bytes

    def __repr__(self) -> str:
        return f"MasterKey(name={self.name!r})"

    @property
    def name(self) -> str:
        """What this key is called in the open: 16 hex digits that say nothing of it."""
        return self.blind("master", self.wrap)[:16]

    def blind(self, purpose: str, text: bytes) -> str:
        """A keyed hash, 32 hex digits: nobody without this key can make it."""
        return hmac.digest(self.index, purpose.encode() + b"\x00" + text, hashlib.sha256)[:16].hex()


def master_key(path: Path) -> MasterKey:
    """The master key in the file `path`, made (mode 0600, durable) if there is none.

    Of several processes that start at once, one makes it and all read the same. Raises VaultError if the
    file is damaged or open to others.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise VaultError("the master key can be read by others", remedy=f"chmod 600 {path}")
    try:
        fields = json.loads(path.read_text("ascii"))
        key = MasterKey(bytes.fromhex(fields["index"]), bytes.fromhex(fields["wrap"]))
        whole = fields["format"] == _FORMAT and len(key.index) == len(key.wrap) == 32
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise VaultError("the master key file is damaged", remedy=f"restore {path.name} from its backup")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {"format": _FORMAT, "index": secrets.token_hex(32), "wrap": secrets.token_hex(32)}
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(json.dumps(fields))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
