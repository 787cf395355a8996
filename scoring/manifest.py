"""The list of a bundle's files with their digests: what is signed, and what gives the bundle its name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scoring.errors import BundleRefusedError

SCHEMA = "tamiz-bundle/1"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"


@dataclass(frozen=True)
class Entry:
    """Digest (SHA-256, hex) and size in bytes of one file."""

    sha256: str
    size: int

    @classmethod
    def of(cls, content: bytes) -> Entry:
        """Give the entry of a file with this content."""
        return cls(hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True)
class Manifest:
    """Every file of a bundle but the manifest itself and its signature, and when it was made (RFC 3339).

    >>> manifest = Manifest.of({"card.md": b"plain words"}, "2026-01-02T03:04:05+00:00")
    >>> Manifest.read(manifest.to_bytes()) == manifest, manifest.id
    (True, 'a7289a60d538286f')
    """

    created_at: str
    files: Mapping[str, Entry]

    @classmethod
    def of(cls, contents: Mapping[str, bytes], created_at: str) -> Manifest:
        """Give the manifest of these files."""
        return cls(created_at, {name: Entry.of(contents[name]) for name in sorted(contents)})

    @property
    def id(self) -> str:
        """16 hex digits of the SHA-256 over the files: the same content has the same name, whenever made."""
        content = {"schema": SCHEMA, "files": self._listed()}
        return hashlib.sha256(_canonical(content)).hexdigest()[:16]

    def to_bytes(self) -> bytes:
        """Give the bytes that are signed."""
        return _canonical({"schema": SCHEMA, "created_at": self.created_at, "files": self._listed()})

    @classmethod
    def read(cls, content: bytes) -> Manifest:
        """Read what to_bytes wrote; anything else is refused."""
        try:
            found = _parsed(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _refused() from error
        if found.to_bytes() != content:
            raise _refused()
        return found

    def check(self, contents: Mapping[str, bytes]) -> None:
        """Raise BundleRefusedError, naming the file, unless these are the files, to the last byte."""
        for name in sorted(self.files.keys() | contents.keys()):
            if name not in contents:
                raise BundleRefusedError(f"{name} is missing from the bundle", remedy=_AGAIN, file=name)
            if name not in self.files:
                raise BundleRefusedError(f"{name} does not belong to the bundle", remedy=_AGAIN, file=name)
            if Entry.of(contents[name]) != self.files[name]:
                raise BundleRefusedError(f"{name} is not the file that was signed", remedy=_AGAIN, file=name)

    def _listed(self) -> dict[str, dict[str, str | int]]:
        return {name: {"sha256": entry.sha256, "size": entry.size} for name, entry in self.files.items()}


_AGAIN = "take the bundle again from where it was made, or roll back to another"


def _canonical(data: Mapping[str, object]) -> bytes:
    return (json.dumps(data, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode()


def _parsed(data: Mapping[str, Any]) -> Manifest:
    datetime.fromisoformat(data["created_at"])
    files = {name: Entry(entry["sha256"], entry["size"]) for name, entry in data["files"].items()}
    return Manifest(data["created_at"], files)


def _refused() -> BundleRefusedError:
    return BundleRefusedError(f"{MANIFEST} is no manifest of {SCHEMA}", remedy=_AGAIN, file=MANIFEST)
