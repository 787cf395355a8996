"""Writers of the ledger killed with SIGKILL at any moment."""

from __future__ import annotations

from tests.evidence.proof import Proof
from tests.ledger.kill_proof import run

_KILLS = 5


def _lost(case: int) -> str | None:
    """Kill five writers, one after the other, on one ledger."""
    found = run(_KILLS, case)
    if not found["acknowledged"]:
        return "no record was acknowledged"
    wrong = {name: found[name] for name in ("lost_or_changed", "doubled", "broken") if found[name]}
    return f"of {found['acknowledged']} acknowledged records: {wrong}" if wrong else None


PROOF = Proof(
    name="ledger-kill",
    statement="No acknowledged record is lost, changed or doubled, and every ledger is intact, when five "
    "writers with eight threads each are killed with SIGKILL, one after the other.",
    count=100,
    small=1,
    run=_lost,
)
