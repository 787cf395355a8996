"""The key of the ledger itself: it signs heads, and a receipt for each record."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import VaultError
from ledger.private_file import damaged, make_private, read_private, replace_private
from ledger.record import instant_text
from ledger.verifier import Head, head_text, receipt_bytes, signed_note

_FORMAT = 1
_WHAT = "sealing key"


@dataclass(frozen=True, repr=False)
class SealingKey:
    """The name of the ledger, the key that signs now, and the public keys of all that ever did.

    >>> from tempfile import mkdtemp
    >>> key = sealing_key(Path(mkdtemp()) / "sealing.json")
    >>> key.origin[:6], len(key.public_keys), len(key.receipt(bytes(32)))
    ('tamiz/', 1, 64)
    """

    origin: str
    public_keys: tuple[bytes, ...]
    _private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SealingKey(origin={self.origin!r})"

    def head(self, size: int, root: bytes, sealed_at: datetime) -> Head:
        """Give the signed head of a tree."""
        at = instant_text(sealed_at)
        text = head_text(self.origin, size, root, at)
        note = signed_note(text, self.origin, self.public_keys[-1], self._private.sign(text.encode()))
        return Head(self.origin, size, root, at, note)

    def receipt(self, leaf_hash: bytes) -> bytes:
        """Give the signature that acknowledges the record of a leaf hash: the same whenever it is made."""
        return self._private.sign(receipt_bytes(self.origin, leaf_hash))


def sealing_key(path: Path, *, new: bool = True) -> SealingKey:
    """Give the key in the file `path`, made (mode 0600, durable) if there is none and it may be `new`.

    Raises VaultError if it is damaged, or gone where it may not be new: what it sealed needs its name.
    """
    if not path.exists() and not new:
        raise VaultError(
            f"the {_WHAT} is gone, and the ledger has heads that it signed",
            remedy=f"restore {path.name} from its backup; none is made anew",
        )
    if not path.exists():
        made = {"format": _FORMAT, "origin": f"tamiz/{secrets.token_hex(8)}", "keys": [secrets.token_hex(32)]}
        make_private(path, made)
    return _key_of(read_private(path, _WHAT), path)


def rotate(path: Path) -> SealingKey:
    """Have another key sign from now on; what earlier ones signed stays good."""
    fields = read_private(path, _WHAT)
    _key_of(fields, path)
    replace_private(path, {**fields, "keys": [*fields["keys"], secrets.token_hex(32)]})
    return sealing_key(path)


def _key_of(fields: dict[str, object], path: Path) -> SealingKey:
    held = fields.get("keys")
    keys = held if isinstance(held, list) and fields.get("format") == _FORMAT else []
    try:
        private = [Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)) for key in keys]
        public = tuple(key.public_key().public_bytes_raw() for key in private)
        return SealingKey(str(fields["origin"]), public, private[-1])
    except (ValueError, KeyError, TypeError, IndexError):
        raise damaged(path, _WHAT) from None
