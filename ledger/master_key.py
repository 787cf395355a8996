"""The master key: one file, made once, that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from ledger.private_file import damaged, make_private, read_private

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
        made = {"format": _FORMAT, "index": secrets.token_hex(32), "wrap": secrets.token_hex(32)}
        make_private(path, made)
    fields = read_private(path, "master key")
    try:
        key = MasterKey(bytes.fromhex(fields["index"]), bytes.fromhex(fields["wrap"]))
        whole = fields["format"] == _FORMAT and len(key.index) == len(key.wrap) == 32
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise damaged(path, "master key")
    return key
