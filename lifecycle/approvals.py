"""Who made which model champion: every promotion and rollback, with the keys behind it, checked again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from typing import Any

from customs.evidence import Promotion, Text
from ledger.opening import is_new, open_ledger
from ledger.record import Kind
from lifecycle.keys import key_ring
from lifecycle.session import Session
from scoring.approval import check_approval
from scoring.bundle import read_card
from scoring.errors import KeyRefusedError, ScoringError
from training.promotion import read_promotions


@dataclass(frozen=True)
class Signer:
    """A key: its name in the register today (None where it is not there), and its fingerprint."""

    name: str | None
    fingerprint: str


@dataclass(frozen=True)
class Step:
    """A promotion or a rollback that was decided, accepted or refused.

    `previous` is the champion that a rollback from there goes back to, `trainer` None where the bundle is not
    there, or not as it was signed, `seq` the number of its record in the ledger. `wrong` says in what it
    cannot be trusted: its signature, or that the ledger does not hold it; empty where all fits.
    """

    decided_at: str
    bundle: str
    previous: str | None
    accepted: bool
    grounds: tuple[Text, ...]
    approver: Signer
    trainer: Signer | None
    seq: int | None
    wrong: tuple[str, ...] = ()


def steps(session: Session) -> tuple[Step, ...]:
    """Give every step, the oldest first; raises PromotionError where their file is damaged."""
    held = dict(_in_ledger(session))
    return tuple(_step(session, one, held) for one in read_promotions(session.workspace.bundles))


def approval_of(session: Session, bundle: str, before: int) -> dict[str, Any] | None:
    """Give the newest step that the ledger holds before a number and that made a bundle champion, if any.

    Numbers of the ledger are in the order of what happened, whatever clocks said.
    """
    made = [one for one in steps(session) if one.accepted and one.bundle == bundle and one.seq is not None]
    earlier = [one for one in made if (one.seq or 0) < before]
    return asdict(earlier[-1]) if earlier else None


def _step(session: Session, decided: Promotion, held: dict[str, int]) -> Step:
    ring = key_ring(session.workspace).before_revocations()
    fingerprint, _, signature = decided.signature.partition(":")
    wrong = []
    try:
        check_approval(decided, ring)
    except KeyRefusedError as refused:
        if decided.accepted or not refused.why:
            wrong.append(str(refused))
    if signature not in held:
        wrong.append("the ledger does not hold it")
    return Step(
        decided.decided_at,
        decided.bundle_id,
        decided.previous,
        decided.accepted,
        decided.grounds,
        _signer(session, fingerprint),
        _trainer(session, decided.bundle_id),
        held.get(signature),
        tuple(wrong),
    )


def _signer(session: Session, fingerprint: str) -> Signer:
    keys = key_ring(session.workspace).keys
    return Signer(next((key.name for key in keys if key.fingerprint == fingerprint), None), fingerprint)


def _trainer(session: Session, bundle: str) -> Signer | None:
    with suppress(ScoringError, OSError):
        ring = key_ring(session.workspace).before_revocations()
        trainer = read_card(session.workspace.bundles / bundle, ring).trainer
        return Signer(trainer.name, trainer.fingerprint)
    return None


def _in_ledger(session: Session) -> Iterator[tuple[str, int]]:
    """Signatures of the steps that the ledger holds, and their numbers there."""
    workspace, settings = session.workspace, session.ledger
    if is_new(workspace.ledger, settings):
        return
    with closing(open_ledger(workspace.ledger, settings)) as ledger:
        for stored in ledger.iterate(kinds={Kind.PROMOTION}):
            said: Any = stored.record.public
            yield str(said["signature"]), stored.seq
