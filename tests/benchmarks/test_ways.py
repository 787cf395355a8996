"""Ways of learning beside each other, at a size that tells nothing but that they run."""

from __future__ import annotations

from typing import Any, cast

from benchmarks import selection_bias
from benchmarks.ways import MEASURES, compared
from simulation.settings import WorldSettings

WORLD = WorldSettings(declarations=1_000, months=6, legacy_share=0.4)


def test_the_first_way_has_its_figures_and_another_what_it_changes_of_them() -> None:
    names = list(selection_bias.WAYS)
    ways = {name: selection_bias.WAYS[name] for name in (names[0], "logged probabilities, weights to 10")}
    found = cast("dict[str, Any]", compared(ways | {"again": ways[names[0]]}, (11,), WORLD))
    assert set(found[names[0]]) == set(MEASURES)
    assert 0.5 < found[names[0]]["AUC"][0] <= 1
    assert found["again"]["AUC"] == [0.0, 0.0, 0.0]
    assert found["worlds"]["11"]["of random inspections"] > 0
