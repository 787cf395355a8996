"""Making a model champion, and the way back: the gate, another key, and a record of every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from customs.evidence import Promotion
from lifecycle.console import Report
from lifecycle.keys import key_ring, signer
from lifecycle.models import comparable, loaded
from lifecycle.present import present
from lifecycle.promotion_record import record_promotion
from lifecycle.session import Session
from training.errors import TrackingError
from training.promotion import approve, earlier_champion, rollback
from training.report import report_from_json


class _Registry(Protocol):
    """As much of MLflow's registry as a promotion needs."""

    def promote(self, bundle_id: str) -> str | None: ...

    def note(self, promotion: Promotion) -> None: ...


def promote(session: Session, bundle_id: str, key: str, *, now: datetime, progress: Report) -> Promotion:
    """Make a bundle champion if the gate lets it through; the approver's key signs the promotion.

    The decision, accepted or refused, is recorded in the history of promotions, in the ledger and in MLflow.
    """
    workspace, settings = session.workspace, session.training
    bundle, registry = loaded(workspace, bundle_id), _registry(session)
    approver = signer(workspace, key, "approver")
    decided = approve(
        workspace.bundles,
        bundle,
        report_from_json(bundle.card["evaluation"]),
        key=approver,
        key_ring=key_ring(workspace),
        settings=settings,
        now=now,
        present=present(session, bundle, comparable(workspace)[0], settings, progress),
        record=_recorder(session, registry),
    )
    registry.promote(decided.bundle_id)
    return decided


def roll_back(session: Session, key: str, *, now: datetime) -> Promotion:
    """Make the champion before this one champion again, if it can still be loaded.

    Where something is wrong with today's every second counts: MLflow is told afterwards. Raises TrackingError
    where it cannot be; the rollback stands all the same.
    """
    workspace = session.workspace
    target = earlier_champion(workspace.bundles, key_ring(workspace))
    if target:
        loaded(workspace, target)
    decided = rollback(
        workspace.bundles,
        key=signer(workspace, key, "approver"),
        key_ring=key_ring(workspace),
        now=now,
        record=partial(record_promotion, session),
    )
    try:
        registry = _registry(session)
        registry.note(decided)
        registry.promote(decided.bundle_id)
    except TrackingError as error:
        raise TrackingError(
            f"{decided.bundle_id} is champion again, but MLflow could not be told: {error}",
            remedy=error.remedy,
        ) from None
    return decided


def _recorder(session: Session, registry: _Registry) -> Callable[[Promotion], None]:
    def record(decided: Promotion) -> None:
        record_promotion(session, decided)
        registry.note(decided)

    return record


def _registry(session: Session) -> _Registry:
    """Opened before anything is promoted: a store that cannot be read is told first."""
    from training.tracking import Tracker  # seconds to import

    return Tracker(session.workspace.mlruns)
