"""The kill proof at a small count."""

from __future__ import annotations

from tests.ledger.kill_proof import run


def test_killed_writers_lose_double_and_change_no_acknowledged_record() -> None:
    result = run(count=3, seed=1)
    assert result["acknowledged"] > 0
    assert result["stored"] >= result["acknowledged"]
    assert (result["lost_or_changed"], result["doubled"], result["broken"]) == (0, 0, 0)
