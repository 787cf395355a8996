"""As of day D there is only what happened and was known before D; and every road says the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
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
