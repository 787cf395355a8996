"""The as-of join counts the row that was valid and known, whatever was corrected, withdrawn or known late."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.local_time import NO_DAY, days_of
from features.reference.keys import NO_KEY
from features.reference.timeline import NONE, OPEN, Timeline
from tests.features.reference.timeline_reference import Row, as_arrays, row_as_of

LEAP = days_of(date(2024, 2, 29))
KEY, OTHER = 2**63 + 7, 8
day = st.integers(LEAP - 8, LEAP + 8)
rows = st.builds(
    Row,
    key=st.sampled_from([KEY, OTHER, NO_KEY, 2**64 - 1]),
    valid_from=day,
    valid_to=st.one_of(st.just(OPEN), day),
    known=st.tuples(day, st.integers(0, 2)),
    withdrawn=st.sampled_from([False, False, True]),
)
asked = st.tuples(
    st.sampled_from([KEY, OTHER, NO_KEY, 2**64 - 1, 9]),
    st.one_of(day, st.sampled_from([NO_DAY, OPEN, LEAP - 100, LEAP + 400])),
)


def looked_up(table: list[Row], key: int, *days: int) -> list[int]:
    keys = np.full(len(days), key, np.uint64)
    return Timeline.build(as_arrays(table)).rows_as_of(keys, np.array(days, np.int32)).tolist()


@settings(max_examples=600, deadline=None)
@given(st.lists(rows, max_size=14), st.lists(asked, min_size=1, max_size=40))
def test_it_gives_the_row_that_the_obvious_loops_give(
    table: list[Row], wanted: list[tuple[int, int]]
) -> None:
    timeline = Timeline.build(as_arrays(table))
    keys = np.array([key for key, _ in wanted], np.uint64)
    found = timeline.rows_as_of(keys, np.array([one for _, one in wanted], np.int32))
    assert found.tolist() == [row_as_of(table, key, one) for key, one in wanted]
    assert found.dtype == np.int64


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, max_size=10), st.lists(asked, min_size=1, max_size=20))
def test_one_look_up_gives_what_many_at_once_give(table: list[Row], wanted: list[tuple[int, int]]) -> None:
    timeline = Timeline.build(as_arrays(table))
    keys = np.array([key for key, _ in wanted], np.uint64)
    days = np.array([one for _, one in wanted], np.int32)
    one_by_one = [
        timeline.rows_as_of(keys[at : at + 1], days[at : at + 1]).item() for at in range(len(wanted))
    ]
    assert timeline.rows_as_of(keys, days).tolist() == one_by_one


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, max_size=10), asked, rows)
def test_a_row_known_on_the_day_or_later_changes_nothing(
    table: list[Row], wanted: tuple[int, int], more: Row
) -> None:
    key, one = wanted
    if more.known[0] >= one:
        assert looked_up([*table, more], key, one) == looked_up(table, key, one)


@settings(max_examples=300, deadline=None)
@given(st.lists(rows, max_size=10))
def test_gaps_and_resumed_rows_are_those_of_going_day_by_day(table: list[Row]) -> None:
    timeline, gaps, resumed = Timeline.build(as_arrays(table)), set(), set()
    for key in {row.key for row in table}:
        counted = [row_as_of(table, key, one) for one in range(LEAP - 9, LEAP + 12)]
        there = [at for at, row in enumerate(counted) if row != NONE]
        for at, following in itertools.pairwise(there):
            if following > at + 1:
                gaps.add((counted[at], LEAP - 9 + at + 1, LEAP - 9 + following))
        begun = [row for row, _ in itertools.groupby(counted)]
        resumed |= {row for row in begun if row != NONE and begun.count(row) > 1}
    found = timeline.gaps()
    assert set(zip(found.rows.tolist(), found.begin.tolist(), found.end.tolist(), strict=True)) == gaps
    assert set(timeline.resumed().tolist()) == resumed


def test_a_row_counts_from_the_day_after_it_was_known_to_its_last_day() -> None:
    table = [Row(KEY, LEAP, LEAP + 2, (LEAP, 0))]
    assert looked_up(table, KEY, LEAP, LEAP + 1, LEAP + 2, LEAP + 3) == [NONE, 0, 0, NONE]


def test_a_row_known_beforehand_counts_from_its_first_day() -> None:
    table = [Row(KEY, LEAP, OPEN, (LEAP - 300, 0))]
    assert looked_up(table, KEY, LEAP - 1, LEAP, LEAP + 1, LEAP + 10_000) == [NONE, 0, 0, 0]


def test_a_correction_that_ends_a_row_sooner_leaves_nothing_of_its_rest() -> None:
    table = [Row(KEY, 0, OPEN, (0, 0)), Row(KEY, 0, 50, (20, 0))]
    assert looked_up(table, KEY, 20, 21, 50, 51) == [0, 1, 1, NONE]


def test_what_was_withdrawn_gives_way_to_what_was_there_before_and_may_come_back() -> None:
    table = [
        Row(KEY, 0, OPEN, (0, 0)),
        Row(KEY, 10, OPEN, (10, 0)),
        Row(KEY, 10, OPEN, (20, 0), withdrawn=True),
        Row(KEY, 10, OPEN, (30, 0)),
    ]
    assert looked_up(table, KEY, 10, 11, 20, 21, 30, 31) == [0, 1, 1, 0, 0, 3]


def test_of_two_versions_of_one_day_the_later_counts_and_of_one_instant_the_last() -> None:
    table = [Row(KEY, 0, OPEN, (5, 2)), Row(KEY, 0, OPEN, (5, 1)), Row(KEY, 0, OPEN, (5, 2))]
    assert looked_up(table, KEY, 5, 6) == [NONE, 2]


def test_an_empty_table_has_a_row_for_nobody() -> None:
    assert looked_up([], KEY, 0, OPEN) == [NONE, NONE]
    assert looked_up([Row(NO_KEY, 0, OPEN, (0, 0))], NO_KEY, 5) == [NONE]


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9, 1_000])
def test_any_number_of_rows_may_lie_over_one_another(length: int) -> None:
    table = [Row(KEY, at, 2 * length - at, (-1, 0)) for at in range(length)]
    days = list(range(-1, 2 * length + 2))
    expected = [row_as_of(table, KEY, one) for one in days[:: max(1, length // 50)]]
    assert looked_up(table, KEY, *days)[:: max(1, length // 50)] == expected
