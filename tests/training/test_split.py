"""The split: nothing before its time, in both times, and no tuple judged that was learnt from."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.settings import TrainingSettings
from training.split import LabelledRows, Split, boundaries_of, split_by_time

Case = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], TrainingSettings]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(40, 300))
    day = rng.integers(0, 200, rows).astype(np.int32)
    known = day + rng.integers(0, 60, rows).astype(np.int32)
    groups = rng.integers(0, draw(st.integers(5, 1000)), rows)
    chosen = TrainingSettings(
        first_occurrence=draw(st.booleans()), forward_windows=draw(st.integers(1, 4)), test_share=0.3
    )
    return day, known, groups, chosen


def split_of(case: Case) -> Split:
    day, known, groups, chosen = case
    rows = LabelledRows(day, known, groups)
    return split_by_time(rows, boundaries_of(rows, 260, chosen), chosen)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_a_row_serves_before_a_day_only_if_it_came_and_was_known_before_it(case: Case) -> None:
    day, known, _, _ = case
    parts = split_of(case)
    bounds = parts.boundaries
    for rows, start in [
        (parts.train, bounds.calibration),
        (parts.refit, bounds.test),
        (parts.calibration, bounds.test),
    ]:
        assert (day[rows] < start).all()
        assert (known[rows] < start).all()
    for window in parts.windows:
        assert (known[window.train] < window.start).all()
        assert (day[window.train] < window.start).all()
        assert (day[window.judge] >= window.start).all()
        assert (known[window.judge] < bounds.calibration).all()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_the_test_part_is_later_than_all_and_touched_by_no_other(case: Case) -> None:
    day, _, _, _ = case
    parts = split_of(case)
    others = np.concatenate([parts.train, parts.calibration, parts.refit])
    assert not np.isin(parts.test, others).any()
    assert (day[parts.test] >= parts.boundaries.test).all()
    assert not np.isin(parts.calibration, parts.train).any()


@settings(max_examples=60, deadline=None)
@given(cases())
def test_with_first_occurrences_no_tuple_is_learnt_twice_or_judged_after_it_was_learnt(case: Case) -> None:
    _, _, groups, chosen = case
    parts = split_of(case)
    if not chosen.first_occurrence:
        return
    assert len(np.unique(groups[parts.train])) == len(parts.train)
    assert not np.isin(groups[parts.calibration], groups[parts.train]).any()
    for window in parts.windows:
        assert not np.isin(groups[window.judge], groups[window.train]).any()


def test_where_tuples_do_not_repeat_the_setting_changes_nothing() -> None:
    day = np.arange(200, dtype=np.int32)
    rows = LabelledRows(day, day, np.arange(200))
    bounds = boundaries_of(rows, 201, TrainingSettings())
    one, other = (
        split_by_time(rows, bounds, TrainingSettings(first_occurrence=once)) for once in (True, False)
    )
    assert np.array_equal(one.train, other.train)
    assert np.array_equal(one.calibration, other.calibration)
    assert [len(w.judge) for w in one.windows] == [len(w.judge) for w in other.windows]


def test_seen_marks_test_rows_whose_tuple_came_before() -> None:
    day = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], dtype=np.int32)
    groups = np.array([1, 2, 3, 4, 5, 6, 7, 8, 1, 9])
    rows = LabelledRows(day, day, groups)
    bounds = boundaries_of(rows, 10, TrainingSettings(test_days=2))
    assert split_by_time(rows, bounds, TrainingSettings()).seen.tolist() == [True, False]


def test_rows_that_may_not_teach_still_judge_and_calibrate() -> None:
    day = np.arange(300, dtype=np.int32)
    rows = LabelledRows(day, day, day.astype(np.int64), teaches=day < 150)
    bounds = boundaries_of(rows, 300, TrainingSettings(), test=250)
    parts = split_by_time(rows, bounds, TrainingSettings())
    assert parts.refit.max() == 149
    assert parts.calibration.min() > 150
