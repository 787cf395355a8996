"""History equals the slow reference, and sees nothing of its own day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.columns import take
from features.history.entities import ENTITIES, HISTORY_NAMES
from features.history.history import History
from features.history.parts import NOBODY, PARTS, part_codes, part_digests
from features.history.settings import HistorySettings
from features.history.spool import Spool
from tests.features.history_reference import Reference, World, make_world, worlds

SLOW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(worlds())
def test_every_history_value_of_every_row_equals_the_slow_reference(world: World) -> None:
    found = History.build(world.item_frame(), world.outcome_frame()).as_of(world.columns())
    reference = Reference(world)
    for number, row in enumerate(reference.rows):
        assert {name: found[name][number] for name in HISTORY_NAMES} == reference.of(row, row["customs"])


@SLOW
@given(worlds(), st.integers(-2, 500))
def test_a_snapshot_of_any_day_equals_the_slow_reference(world: World, later: int) -> None:
    day = date(2024, 1, 1) + timedelta(days=later)
    history = History.build(world.item_frame(), world.outcome_frame())
    found = history.snapshot(day).lookup(world.columns())
    reference = Reference(world)
    for number, row in enumerate(reference.rows):
        expected = reference.of(row, (day - date(1970, 1, 1)).days)
        assert {name: found[name][number] for name in HISTORY_NAMES} == expected


@SLOW
@given(worlds())
def test_what_waits_on_the_disk_for_the_longest_window_is_found_again(world: World) -> None:
    kept = History.build(world.item_frame(), world.outcome_frame()).as_of(world.columns())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("features.history.sweep.Spool", partial(Spool, most=0))
        put_away = History.build(world.item_frame(), world.outcome_frame()).as_of(world.columns())
    assert all(np.array_equal(kept[name], put_away[name]) for name in HISTORY_NAMES)


def test_looking_up_in_chunks_gives_the_same_as_at_once() -> None:
    world = make_world(30, seed=1)
    columns = world.columns()
    many = take(columns, np.arange(2500) % len(columns["cif"]))
    whole = History.build(world.item_frame(), None).as_of(many)
    chunked = History.build(world.item_frame(), None, HistorySettings(chunk_rows=1)).as_of(many)
    assert all(np.array_equal(whole[name], chunked[name]) for name in HISTORY_NAMES)


@settings(max_examples=20, deadline=None)
@given(worlds())
def test_the_parts_of_keys_are_the_same_for_a_frame_and_for_a_request(world: World) -> None:
    columns = world.columns()
    few, many, frame = part_digests(columns), part_codes(columns), part_codes(world.item_frame().collect())
    for part in PARTS:
        expected = [int(NOBODY) if one is None else int.from_bytes(one, "little") for one in few[part]]
        assert many[part].tolist() == expected == frame[part].tolist()


def test_the_worlds_of_these_tests_give_every_history_value_something_to_say() -> None:
    told: set[str] = set()
    for seed in range(40):
        world = make_world(30, seed)
        found = History.build(world.item_frame(), world.outcome_frame()).as_of(world.columns())
        told |= {name for name in HISTORY_NAMES if ((found[name] != 0) & (found[name] != -1)).any()}
    assert told == set(HISTORY_NAMES)


def test_a_history_of_nothing_answers_with_the_values_of_the_unseen() -> None:
    world = World([], [])
    history = History.build(world.item_frame(), world.outcome_frame())
    assert [len(table.keys) for table in history.snapshot(date(2024, 1, 1)).tables.values()] == [0] * len(
        ENTITIES
    )
