"""Offsets by group: coverage in overlapping groups, small groups drawn to all, nothing out of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.conformal import STRENGTH, Offset, upper_quantile
from scoring.errors import ScoringError


def _rows(count, seed):
    rng = np.random.default_rng(seed)
    chapter = rng.choice(np.array(["02", "61", "84"], object), count)
    mass = rng.choice(np.array(["0", "1"], object), count)
    spread = np.where(chapter == "84", 3.0, 1.0) * np.where(mass == "0", 2.0, 0.5)
    return rng.normal(size=count) * spread, {"chapter": chapter, "mass": mass}


def test_an_offset_covers_in_each_of_overlapping_groups():
    offset = Offset.fit(*_rows(6000, 1), miss=0.1)
    beyond, groups = _rows(20_000, 2)
    within = beyond <= offset.of(groups)
    for name in groups:
        for group in set(groups[name]):
            assert within[groups[name] == group].mean() == pytest.approx(0.9, abs=0.03)


def test_a_group_of_few_rows_moves_little_and_one_of_none_not_at_all():
    beyond, groups = _rows(3000, 3)
    lonely = {"chapter": np.concatenate([groups["chapter"], np.array(["99"] * 2, object)])}
    offset = Offset.fit(np.concatenate([beyond, [500.0, 500.0]]), lonely, miss=0.1)
    parts = offset.by_group["chapter"]
    assert abs(parts["99"]) < 3.0
    asked = offset.of({"chapter": np.array(["99", "55"], object)})
    assert asked[1] == offset.everywhere
    assert STRENGTH > 2


def test_no_rows_move_nothing_and_rows_of_no_group_are_moved_by_the_conformal_quantile():
    assert Offset.fit(np.empty(0), {}, 0.1) == Offset()
    assert Offset.fit(np.arange(19.0), {}, 0.1).everywhere == 17.0


@settings(max_examples=50)
@given(st.lists(st.floats(-9, 9), min_size=1, max_size=60), st.floats(0.02, 0.5))
def test_the_quantile_is_that_of_the_definition(values, miss):
    found = upper_quantile(np.array(values), miss, np.ones(len(values)))
    rank = min(len(values), int(np.ceil((len(values) + 1) * (1 - miss) - 1e-9)))
    assert found == sorted(values)[rank - 1]


def test_an_offset_that_is_not_finite_is_refused():
    with pytest.raises(ScoringError):
        Offset(float("nan"))
    with pytest.raises(ScoringError):
        Offset.from_json({"everywhere": 0.0, "by_group": {"chapter": {"61": float("inf")}}})
