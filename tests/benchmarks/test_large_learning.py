"""What learning from files and on a cluster costs, at a size that tells nothing but that it is measured."""

from __future__ import annotations

from typing import Any

from benchmarks import large_learning
from simulation.settings import WorldSettings


def test_every_way_learns_and_is_measured_and_files_change_no_rank() -> None:
    found: dict[str, Any] = large_learning.run(
        WorldSettings(declarations=1_000, months=6, legacy_share=0.5), rows=2_000
    )
    assert found["file"]["average precision less that in memory"] == [0.0, 0.0, 0.0]
    assert all(found[way]["megabytes"] > 0 for way in large_learning.WAYS)
