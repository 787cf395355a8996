"""Who becomes champion: a gate that judges evidence, another key that signs, and the way back."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from customs.evidence import EvaluationReport, Promotion, Text
from scoring.approval import check_approval, promotion_of, signed
from scoring.bundle import Bundle
from scoring.errors import KeyRefusedError
from scoring.signature import KeyRing
from scoring.signing_key import SigningKey
from training.catalogue import text
from training.errors import PromotionError, PromotionRefusedError
from training.gate import Verdict, gate
from training.present import Present
from training.settings import TrainingSettings

POINTER, HISTORY = "champion.json", "promotions.jsonl"

Recorder = Callable[[Promotion], None]
"""Keeps a signed decision elsewhere, before it takes effect."""


def approve(
    bundles: Path,
    bundle: Bundle,
    report: EvaluationReport,
    *,
    key: SigningKey,
    key_ring: KeyRing,
    settings: TrainingSettings,
    now: datetime,
    present: Present | None = None,
    record: Recorder | None = None,
) -> Promotion:
    """Make a verified bundle champion, signed by an approver's key other than the trainer's.

    `present` is what was measured of it today, `record` is handed what was decided before it takes effect.
    The refusal is recorded with its grounds, then raised as PromotionRefusedError.
    """
    with _locked(bundles):
        current = read_champion(bundles)
        previous = current.bundle_id if current else None
        if previous == bundle.id:
            raise PromotionError("this bundle is champion already", remedy="promote another, or do nothing")
        approver, refusal = _approver(key, key_ring, bundle.trainer.fingerprint)
        verdict = (
            Verdict(accepted=False, grounds=(refusal,))
            if refusal
            else gate(report, previous, settings, present)
        )
        decided = Promotion(
            bundle_id=bundle.id,
            previous=previous,
            approver=approver,
            decided_at=now.isoformat(),
            accepted=verdict.accepted,
            grounds=verdict.grounds,
            signature="",
        )
        return _decide(bundles, decided, key, record)


def rollback(
    bundles: Path, *, key: SigningKey, key_ring: KeyRing, now: datetime, record: Recorder | None = None
) -> Promotion:
    """Make the champion before this one champion again, signed by an approver; twice goes back two."""
    with _locked(bundles):
        before, target, current = (None, None, None, *_champions(bundles, key_ring))[-3:]
        if target is None or current is None:
            raise PromotionError("there is no earlier champion", remedy="promote a bundle instead")
        if not (bundles / target).is_dir():
            raise PromotionError(f"bundle {target} is not there any more", remedy="restore its folder first")
        approver, refusal = _approver(key, key_ring, None)
        decided = Promotion(
            bundle_id=target,
            previous=before,
            approver=approver,
            decided_at=now.isoformat(),
            accepted=not refusal,
            grounds=(refusal or _back_from(current),),
            signature="",
        )
        return _decide(bundles, decided, key, record)


def earlier_champion(bundles: Path, key_ring: KeyRing) -> str | None:
    """Give the bundle that a rollback would make champion again; None where there is none."""
    champions = _champions(bundles, key_ring)
    return champions[-2] if len(champions) > 1 else None


def read_champion(bundles: Path) -> Promotion | None:
    """Give the promotion behind the pointer, None without a champion; the signature is not checked."""
    try:
        return promotion_of(json.loads((bundles / POINTER).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise PromotionError(f"{POINTER} is damaged", remedy="promote a bundle again") from error


def read_promotions(bundles: Path) -> tuple[Promotion, ...]:
    """Give all promotions that were decided here, accepted or refused, oldest first."""
    path = bundles / HISTORY
    if not path.exists():
        return ()
    try:
        return tuple(promotion_of(json.loads(line)) for line in path.read_text().splitlines() if line)
    except (ValueError, KeyError, TypeError) as error:
        raise PromotionError(f"{HISTORY} is damaged", remedy="restore it from a backup") from error


def _champions(bundles: Path, key_ring: KeyRing) -> list[str]:
    """Give the champions that a rollback can come back to, today's last, by what approvers signed alone.

    A key that was revoked since approved what it approved. Raises PromotionError where the pointer says
    something else: whoever may write it decides nothing by it.
    """
    ring = key_ring.before_revocations()
    champions: list[str] = []
    for promotion in read_promotions(bundles):
        if not promotion.accepted or not _is_approved(promotion, ring):
            continue
        if champions and promotion.grounds == (_back_from(champions[-1]),):
            champions.pop()
        elif champions[-1:] != [promotion.bundle_id]:
            champions.append(promotion.bundle_id)
    current = read_champion(bundles)
    if current is not None and champions[-1:] != [current.bundle_id]:
        raise PromotionError(
            f"{POINTER} names {current.bundle_id}, which is not what was promoted last",
            remedy="see `tamiz models list`, and promote a bundle again",
        )
    return champions


def _is_approved(promotion: Promotion, key_ring: KeyRing) -> bool:
    try:
        check_approval(promotion, key_ring)
    except KeyRefusedError:
        return False
    return True


def _back_from(bundle_id: str) -> Text:
    """Give the ground of a rollback from a champion."""
    return text("promotion/rollback", bundle=bundle_id)


def _approver(key: SigningKey, key_ring: KeyRing, trainer: str | None) -> tuple[str, Text | None]:
    """Give the approver's name, or the key's fingerprint and why it may not approve."""
    try:
        return key_ring.require(key.fingerprint, "approver", other_than=trainer).name, None
    except KeyRefusedError as refused:
        names = [one.name for one in key_ring.keys if one.fingerprint == key.fingerprint]
        name = names[0] if names else key.fingerprint[:16]
        return key.fingerprint, text(f"promotion/key/{refused.why}", name=name)


def _decide(bundles: Path, decided: Promotion, key: SigningKey, record: Recorder | None) -> Promotion:
    promotion = signed(decided, key)
    with (bundles / HISTORY).open("a") as history:
        history.write(json.dumps(asdict(promotion), sort_keys=True) + "\n")
        history.flush()
        os.fsync(history.fileno())
    if record is not None:
        record(promotion)
    if not promotion.accepted:
        raise PromotionRefusedError(promotion.grounds)
    _write_atomically(bundles / POINTER, {**asdict(promotion), "path": promotion.bundle_id})
    return promotion


def _write_atomically(path: Path, content: dict[str, object]) -> None:
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w") as file:
        json.dump(content, file, indent=2, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _locked(bundles: Path) -> Iterator[None]:
    bundles.mkdir(parents=True, exist_ok=True)
    with (bundles / ".promotion.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
