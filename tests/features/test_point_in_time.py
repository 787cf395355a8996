"""As of day D there is only what happened and was known before D; and every road says the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.columns import take
from features.history.entities import HISTORY_NAMES
from features.history.history import History
from features.lmdb_profile_store import LmdbProfileStore, write
from tests.features.history_reference import Reference, World, make_world, worlds

EPOCH = date(1970, 1, 1)


def history_of(world: World) -> History:
    return History.build(world.item_frame(), world.outcome_frame())


@settings(max_examples=15, deadline=None)
@given(worlds(), st.integers(0, 2**32))
def test_rows_known_on_a_day_or_later_change_nothing_as_of_that_day(world: World, seed: int) -> None:
    rows = Reference(world).rows
    days = sorted({row["customs"] for row in rows})
    day = days[seed % len(days)]
    known_by = EPOCH + timedelta(days=day)
    items = world.item_frame().filter(pl.max_horizontal("customs_date", "known_date") < known_by)
    outcomes = world.outcome_frame().filter(pl.col("known_date") < known_by)
    before = take(world.columns(), np.array([row["customs"] <= day for row in rows]))
    whole, part = history_of(world).as_of(before), History.build(items, outcomes).as_of(before)
    assert all(np.array_equal(whole[name], part[name]) for name in HISTORY_NAMES)


@settings(max_examples=15, deadline=None)
@given(worlds())
def test_offline_snapshot_and_lmdb_say_the_same_of_every_item_to_the_last_bit(world: World) -> None:
    columns = world.columns()
    history = history_of(world)
    offline = history.as_of(columns)
    for day in np.unique(columns["customs_date"]).tolist():
        snapshot = history.snapshot(EPOCH + timedelta(days=day))
        rows = np.flatnonzero(columns["customs_date"] == day)
        asked = take(columns, rows)
        with TemporaryDirectory() as root:
            write(Path(root) / "day", snapshot)
            store = LmdbProfileStore(Path(root) / "day")
            stored = store.lookup(asked)
            store.close()
        held = snapshot.lookup(asked)
        for name in HISTORY_NAMES:
            expected = (offline[name][rows].dtype, offline[name][rows].tobytes())
            assert (
                (held[name].dtype, held[name].tobytes())
                == expected
                == (stored[name].dtype, stored[name].tobytes())
            )


def test_no_version_of_an_item_sees_another_version_of_itself() -> None:
    item = make_world(1, 3).items[0] | {"declaration_id": "A", "item_no": 1, "importer_id": "I"}
    dates = ("2024-03-01", "2024-03-05", "2024-03-09")
    versions = [
        item | {"version": number, "accepted_at": day, "known_at": day}
        for number, day in enumerate(dates, start=1)
    ]
    world = World(
        [
            each | {name: f"{each[name]}T12:00:00Z" for name in ("accepted_at", "known_at")}
            for each in versions
        ],
        [],
    )
    assert history_of(world).as_of(world.columns())["importer.items"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("amended_on", "said"),
    [(3, [0, 100, 100, 40, 40, 40, 40, 40, 0, 0]), (20, [0, 100, 100, 100, 100, 100, 100, 100, 0, 0])],
    ids=["within the window", "after it"],
)
def test_a_value_of_100_amended_to_40_counts_as_100_until_that_is_known_and_leaves_the_window_whole(
    amended_on: int, said: list[int]
) -> None:
    item = make_world(1, 3).items[0] | {"declaration_id": "A", "importer_id": "I", "seller_id": "S"}
    days = {number: f"2024-02-{number:02d}T12:00:00Z" for number in range(1, 25)}
    first = item | {"version": 1, "cif": 100.0, "accepted_at": days[1], "known_at": days[1]}
    amended = first | {"version": 2, "cif": 40.0, "known_at": days[amended_on]}
    history = history_of(World([first, amended], []))
    asked = World([first | {"declaration_id": f"B{n}", "accepted_at": days[n]} for n in range(1, 11)], [])
    assert history.as_of(asked.columns())["importer_seller.cif_sum_7d"].tolist() == said


def test_the_leap_day_is_a_day_of_its_own() -> None:
    item = make_world(1, 3).items[0] | {"item_no": 1, "version": 1, "importer_id": "I"}
    moments = [f"2024-{day}:59:59-05:00" for day in ("02-28T23", "02-29T23", "03-01T00")]
    rows = [
        item | {"declaration_id": f"L{number}", "accepted_at": moment, "known_at": moment}
        for number, moment in enumerate(moments)
    ]
    world = World(rows, [])
    assert history_of(world).as_of(world.columns())["importer.items"].tolist() == [0, 1, 2]
