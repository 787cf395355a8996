"""The private half of a key: a PEM file (PKCS #8) that only its owner can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from scoring.errors import KeyRefusedError
from scoring.signature import Signature, fingerprint


class SigningKey:
    """A private key: signs, and tells its public half. It is never printed and never in a message.

    >>> from scoring.signature import KeyRing, RegisteredKey
    >>> key = SigningKey.create()
    >>> ring = KeyRing((RegisteredKey("ana", "trainer", key.public_key),))
    >>> ring.verify(b"manifest", key.sign(b"manifest"), "trainer").name
    'ana'
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw().hex()
        self.fingerprint = fingerprint(self.public_key)

    @classmethod
    def create(cls) -> SigningKey:
        """Give a new key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    def sign(self, data: bytes) -> Signature:
        """Give the signature over the bytes; sign only bytes that say what they are."""
        return Signature(self.fingerprint, self._key.sign(data).hex())

    def to_pem(self) -> bytes:
        """Give the private key as unencrypted PKCS #8 in PEM."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_private_key(path: Path, key: SigningKey) -> None:
    """Write the key to a new file that only its owner can read; an existing file is never overwritten."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise KeyRefusedError(
            f"{path} exists", remedy="choose another name; keys are not replaced"
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(key.to_pem())
        file.flush()
        os.fsync(file.fileno())


def read_private_key(path: Path) -> SigningKey:
    """Read a private key; refused where others than its owner may read or change the file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise KeyRefusedError(
            f"{path} cannot be opened as a key", remedy="name a key made by `tamiz keys create`"
        ) from error
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise KeyRefusedError(f"{path} is open to others", remedy=f"chmod 600 {path}")
        pem = os.read(handle, 10_000) if stat.S_ISREG(mode) else b""
    finally:
        os.close(handle)
    return SigningKey(_private_key(path, pem))


def _private_key(path: Path, pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise KeyRefusedError(
            f"{path} holds no private key", remedy="name a key made by `tamiz keys create`"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefusedError(f"{path} is not an Ed25519 key", remedy="make one by `tamiz keys create`")
    return key
