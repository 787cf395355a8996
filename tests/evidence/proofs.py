"""Every proof there is."""

from __future__ import annotations

from tests.evidence import (
    advance,
    bad_requests,
    drift_alarms,
    history_kill,
    ledger_kill,
    month_parity,
    mutated_bundles,
    null_worlds,
    parity,
    point_in_time,
    study_kill,
    tamperings,
)
from tests.evidence.proof import Proof

PROOFS: tuple[Proof, ...] = (
    point_in_time.PROOF,
    advance.PROOF,
    history_kill.PROOF,
    parity.PROOF,
    month_parity.PROOF,
    null_worlds.PROOF,
    study_kill.PROOF,
    tamperings.PROOF,
    ledger_kill.PROOF,
    bad_requests.PROOF,
    mutated_bundles.PROOF,
    drift_alarms.PROOF,
)
