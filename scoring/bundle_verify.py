"""Whether the files of a bundle are those that a trainer's registered key signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from scoring.errors import BundleRefusedError, ScoringError
from scoring.manifest import MANIFEST, SIGNATURE, Manifest
from scoring.model_text import check_text
from scoring.signature import KeyRing, RegisteredKey, Signature

_AGAIN = "take the bundle again from where it was made, or roll back to another"


def verified(contents: Mapping[str, bytes], key_ring: KeyRing) -> tuple[Manifest, RegisteredKey]:
    """Give the manifest and the trainer's key; refused unless it signed these very files."""
    signature = _signature(file_of(contents, SIGNATURE))
    try:
        trainer = key_ring.verify(file_of(contents, MANIFEST), signature, "trainer")
    except ScoringError as error:
        raise BundleRefusedError(
            f"{MANIFEST} and {SIGNATURE}: {error}", remedy=error.remedy, file=MANIFEST
        ) from error
    manifest = Manifest.read(file_of(contents, MANIFEST))
    manifest.check(body(contents))
    return manifest, trainer


def _signature(content: bytes) -> Signature:
    """Read signature.json, written in the one way it is written."""
    try:
        data = json.loads(content)
        signature = Signature(str(data["fingerprint"]), str(data["signature"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleRefusedError(f"{SIGNATURE} is no signature", remedy=_AGAIN, file=SIGNATURE) from error
    whole = signature_bytes(signature) == content and signature.signature == signature.signature.lower()
    if not whole:
        raise BundleRefusedError(f"{SIGNATURE} is no signature", remedy=_AGAIN, file=SIGNATURE)
    return signature


def body(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the files that the manifest lists."""
    return {name: content for name, content in contents.items() if name not in {MANIFEST, SIGNATURE}}


def checked_texts(contents: Mapping[str, bytes]) -> dict[str, str]:
    """Give the texts of the models, each whole as text; refused, naming the file, where one is not."""
    texts = {
        name: content.decode(errors="replace") for name, content in contents.items() if name.endswith(".txt")
    }
    for name, text in texts.items():
        try:
            check_text(text)
        except ScoringError as error:
            raise BundleRefusedError(f"{name}: {error}", remedy=error.remedy, file=name) from error
    return texts


def file_of(contents: Mapping[str, bytes], name: str) -> bytes:
    """Give the content of a file of the bundle; refused where it is missing."""
    if name not in contents:
        raise BundleRefusedError(f"{name} is missing from the bundle", remedy=_AGAIN, file=name)
    return contents[name]


def json_of(contents: Mapping[str, bytes], name: str) -> dict[str, Any]:
    """Give the JSON object in a file of the bundle."""
    try:
        data = json.loads(file_of(contents, name))
    except (ValueError, RecursionError) as error:
        raise BundleRefusedError(f"{name} is no JSON", remedy=_AGAIN, file=name) from error
    if not isinstance(data, dict):
        raise BundleRefusedError(f"{name} is no JSON object", remedy=_AGAIN, file=name)
    return data


def signature_bytes(signature: Signature) -> bytes:
    """Give signature.json, in the one way it is written."""
    data = {"fingerprint": signature.fingerprint, "signature": signature.signature}
    return (json.dumps(data, sort_keys=True) + "\n").encode()
