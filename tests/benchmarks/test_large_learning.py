"""What learning from files and on a cluster costs, at a size that tells nothing but that it is measured."""

from __future__ import annotations

from typing import Any

from benchmarks import large_learning
from simulation.settings import WorldSettings


def test_learning_in_files_is_measured_and_changes_no_rank() -> None:
    found: dict[str, Any] = large_learning.run(
        WorldSettings(declarations=1_000, months=6, legacy_share=0.5), 2_000, large_learning.WAYS[:2]
    )
    assert found["file"]["average precision less that in memory"] == [0.0, 0.0, 0.0]
    assert all(found[way]["megabytes"] > 0 for way in large_learning.WAYS[:2])
