"""What the study costs, at a size that tells nothing but that it is measured."""

from __future__ import annotations

from benchmarks import study_overhead
from simulation.settings import WorldSettings


def test_the_same_trials_are_timed_on_both_sides() -> None:
    world = WorldSettings(declarations=1_000, months=6, legacy_share=0.5)
    found = study_overhead.run(world, trials=2, repeats=1)
    assert found["trials"] == 2
    assert float(str(found["seconds of the bare loop"])) > 0
