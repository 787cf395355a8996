"""The champion: the bundle that the pointer names, if a registered key not its trainer's approved it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from customs.evidence import Promotion
from scoring.approval import check_approval, promotion_of
from scoring.bundle import Bundle, load
from scoring.errors import KeyRefusedError
from scoring.signature import KeyRing, RegisteredKey
from serving.errors import ServingError

_ID = re.compile(r"[0-9a-f]{16}")
_REMEDY = "promote a bundle again: tamiz models promote"


@dataclass(frozen=True)
class ApprovedBundle:
    """A verified bundle, and the fingerprint of the key that approved it."""

    bundle: Bundle
    approver: str


def load_champion(pointer: Path, registered_keys: Path, *, seconds: float) -> ApprovedBundle:
    """Give the verified bundle beside the pointer.

    Raises ServingError for a pointer that names none, and what `scoring` raises for a bundle, a signature or
    an approval that is not right.
    """
    promotion = _promotion(pointer)
    keys = read_key_ring(registered_keys)
    bundle = load(pointer.parent / promotion.bundle_id, keys, timeout=seconds)
    return ApprovedBundle(bundle, check_approval(promotion, keys, trainer=bundle.trainer.fingerprint))


def trusted(approved: ApprovedBundle, registered_keys: Path) -> bool:
    """False if a key that signed or approved the bundle was revoked, or is not registered any more."""
    try:
        keys = read_key_ring(registered_keys)
        keys.require(approved.bundle.trainer.fingerprint, "trainer")
        keys.require(approved.approver, "approver")
    except KeyRefusedError:
        return False
    except ServingError:
        return True
    return True


def _promotion(pointer: Path) -> Promotion:
    try:
        promotion = promotion_of(json.loads(pointer.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        raise ServingError(f"{pointer.name} names no promoted bundle", remedy=_REMEDY) from None
    if not _ID.fullmatch(promotion.bundle_id) or not promotion.accepted:
        raise ServingError(f"{pointer.name} names no promoted bundle", remedy=_REMEDY)
    return promotion


def read_key_ring(path: Path) -> KeyRing:
    """Give the registered keys of a file; raises ServingError where it holds none."""
    try:
        return KeyRing(tuple(RegisteredKey.from_json(key) for key in json.loads(path.read_text("utf-8"))))
    except (OSError, ValueError, KeyError, TypeError):
        raise ServingError(
            f"{path.name} holds no registered keys", remedy="restore it, or register the keys again"
        ) from None
