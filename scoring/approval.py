"""Approval: the bytes that an approver of a promotion signs, made and checked in one place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from customs.evidence import Promotion
from scoring.signature import KeyRing, Signature
from scoring.signing_key import SigningKey


def signed(promotion: Promotion, key: SigningKey) -> Promotion:
    """Give the promotion signed with an approver's key; what stood as its signature is replaced."""
    made = key.sign(approved_bytes(promotion))
    return replace(promotion, signature=f"{made.fingerprint}:{made.signature}")


def check_approval(promotion: Promotion, key_ring: KeyRing, *, trainer: str | None = None) -> str:
    """Give the fingerprint of the key that signed: a registered approver's, other than the trainer's.

    `trainer` is the fingerprint of the latter. Raises KeyRefusedError if none signed that may.

    >>> from scoring.signature import RegisteredKey
    >>> key = SigningKey.create()
    >>> ring = KeyRing((RegisteredKey("chief", "approver", key.public_key),))
    >>> unsigned = Promotion("ab12", None, "chief", "2025-03-01T09:00:00+00:00", True, (), "")
    >>> check_approval(signed(unsigned, key), ring) == key.fingerprint
    True
    """
    fingerprint, _, signature = promotion.signature.partition(":")
    key_ring.verify(
        approved_bytes(promotion), Signature(fingerprint, signature), "approver", other_than=trainer
    )
    return fingerprint


def approved_bytes(promotion: Promotion) -> bytes:
    """Give the bytes an approver signs: the promotion without its signature, as sorted JSON.

    >>> approved_bytes(Promotion("ab12", None, "chief", "2025-03-01", True, (), "")).decode()[:43]
    '{"accepted":true,"approver":"chief","bundle'
    """
    content = {name: value for name, value in asdict(promotion).items() if name != "signature"}
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def promotion_of(held: Mapping[str, object]) -> Promotion:
    """Give the promotion in the JSON object that a file holds.

    KeyError for a field that is not there, ValueError for a ground that is not in words by language.
    """
    grounds = held["grounds"]
    return Promotion(
        bundle_id=str(held["bundle_id"]),
        previous=None if held["previous"] is None else str(held["previous"]),
        approver=str(held["approver"]),
        decided_at=str(held["decided_at"]),
        accepted=held["accepted"] is True,
        grounds=tuple(dict(ground) for ground in grounds) if isinstance(grounds, list) else (),
        signature=str(held["signature"]),
    )
