"""Who becomes champion: a gate that judges evidence, another key that signs, and the way back."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from customs.evidence import Evaluation, EvaluationReport, Promotion
from customs.figure import Figure
from scoring.approval import check_approval, promotion_of, signed
from scoring.bundle import Bundle
from scoring.errors import KeyRefusedError
from scoring.signature import KeyRing
from scoring.signing_key import SigningKey
from training.errors import PromotionError, PromotionRefusedError
from training.evaluate import MODEL, TO_CHAMPION
from training.settings import TrainingSettings
from training.words import said

POINTER, HISTORY = "champion.json", "promotions.jsonl"
_ROLLBACK = "rollback from "
_MOST_HONEST_FIRST = ("decontaminated", "test")


@dataclass(frozen=True)
class Verdict:
    """Whether the gate lets a bundle through, and on what grounds."""

    accepted: bool
    grounds: tuple[str, ...]


def gate(report: EvaluationReport, champion: str | None, settings: TrainingSettings) -> Verdict:
    """Judge an evaluation: is the bundle fit to be champion, after `champion` (a bundle id) or as the first?

    A first model needs the claim of skill. A later one may not be worse than the champion on the same items
    by more than the margin, nor surely worse at all; one that was never judged beside this champion needs the
    claim of skill. Both need sound probabilities and a value interval that
    covers what it says.

    >>> gate(EvaluationReport((), None, ()), None, TrainingSettings()).accepted
    False
    """
    evaluation = _of_model(report)
    if evaluation is None:
        return Verdict(accepted=False, grounds=("there is no evaluation of a risk model",))
    refusals: list[str] = []
    grounds: list[str] = []
    for passed, ground in (
        _skill(report) if champion is None else _not_worse(report, champion, evaluation, settings),
        _calibrated(evaluation, settings),
        _covering(report, settings),
    ):
        (grounds if passed else refusals).append(ground)
    return Verdict(accepted=not refusals, grounds=tuple(refusals or grounds))


def approve(
    bundles: Path,
    bundle: Bundle,
    report: EvaluationReport,
    *,
    key: SigningKey,
    key_ring: KeyRing,
    settings: TrainingSettings,
    now: datetime,
) -> Promotion:
    """Make a verified bundle champion, signed by an approver's key other than the trainer's.

    The refusal is recorded with its grounds, then raised as PromotionRefusedError.
    """
    with _locked(bundles):
        current = read_champion(bundles)
        previous = current.bundle_id if current else None
        if previous == bundle.id:
            raise PromotionError("this bundle is champion already", remedy="promote another, or do nothing")
        approver, refusal = _approver(key, key_ring, bundle.trainer.fingerprint)
        verdict = Verdict(accepted=False, grounds=(refusal,)) if refusal else gate(report, previous, settings)
        decided = Promotion(
            bundle_id=bundle.id,
            previous=previous,
            approver=approver,
            decided_at=now.isoformat(),
            accepted=verdict.accepted,
            grounds=verdict.grounds,
            signature="",
        )
        return _decide(bundles, decided, key)


def rollback(bundles: Path, *, key: SigningKey, key_ring: KeyRing, now: datetime) -> Promotion:
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
            grounds=(refusal or f"{_ROLLBACK}{current}",),
            signature="",
        )
        return _decide(bundles, decided, key)


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
        if promotion.grounds[0].startswith(_ROLLBACK):
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


def _of_model(report: EvaluationReport) -> Evaluation | None:
    for part in _MOST_HONEST_FIRST:
        for evaluation in report.evaluations:
            if (evaluation.part, evaluation.method) == (part, MODEL):
                return evaluation
    return None


def _skill(report: EvaluationReport) -> tuple[bool, str]:
    skill = report.skill
    if skill is None:
        return False, "no skill is claimed"
    bound = f"{said(skill.measure)} over that of {skill.baseline}: {skill.level:.1%} bound {skill.bound:.2f}"
    return (True, bound) if skill.holds else (False, f"{bound}, not above 1: no skill")


def _not_worse(
    report: EvaluationReport, champion: str, model: Evaluation, settings: TrainingSettings
) -> tuple[bool, str]:
    ratio = model.figures.get(TO_CHAMPION)
    if ratio is None or report.champion != champion:
        passed, ground = _skill(report)
        return passed, f"no comparison with the champion on the same items; {ground}"
    passed = ratio.value >= 1 - settings.gate_margin and not ratio.high < 1
    return passed, f"{said(settings.gate_measure)} over the champion's on the same items: {ratio}"


def _calibrated(model: Evaluation, settings: TrainingSettings) -> tuple[bool, str]:
    error = model.figures.get("calibration_error", Figure(float("nan"), float("nan"), float("nan")))
    return error.value <= settings.gate_calibration_error, (
        f"calibration error {error}, at most {settings.gate_calibration_error:g} accepted"
    )


def _covering(report: EvaluationReport, settings: TrainingSettings) -> tuple[bool, str]:
    covered = [e.figures["interval_coverage"] for e in report.evaluations if "interval_coverage" in e.figures]
    low, high = settings.gate_coverage
    if not covered:
        return True, "the value interval was not measured"
    return low <= covered[0].value <= high, (
        f"the value interval covers {covered[0]}, {low:g} to {high:g} accepted"
    )


def _approver(key: SigningKey, key_ring: KeyRing, trainer: str | None) -> tuple[str, str]:
    """Give the approver's name and an empty refusal, or the key's fingerprint and why it may not approve."""
    try:
        return key_ring.require(key.fingerprint, "approver", other_than=trainer).name, ""
    except KeyRefusedError as refused:
        return key.fingerprint, f"the approving key is refused: {refused}"


def _decide(bundles: Path, decided: Promotion, key: SigningKey) -> Promotion:
    promotion = signed(decided, key)
    with (bundles / HISTORY).open("a") as history:
        history.write(json.dumps(asdict(promotion), sort_keys=True) + "\n")
        history.flush()
        os.fsync(history.fileno())
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
