"""Scoring a file in each way, at a size that tells nothing but that it is measured."""

from __future__ import annotations

from typing import Any, cast

from benchmarks import scoring_million


def test_each_way_scores_every_item_to_the_same_bytes() -> None:
    found = cast("dict[str, Any]", scoring_million.run(2_300, 1))
    assert found["the same bytes"]
    assert len({found[way]["items"] for way in scoring_million.WAYS}) == 1
    assert all(found[way]["memory at most, MiB"] > 0 for way in scoring_million.WAYS)
