"""A snapshot brought up day by day is, to the byte, the one made in one go; what came late is seen."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.declaration_lake import Frames
from features.encoding import NAME
from features.errors import LakeBusyError
from features.history.advance import advance
from features.history.history import History
from features.history.parts import part_codes
from features.history.plan import LAGS
from features.lmdb_profile_store import ABOUT, FILE, LmdbProfileStore, about_of
from features.profile_store import building, current, publish, publish_advance
from features.publication import LONGEST, publish_day
from features.snapshot import Snapshot
from tests.features.history_reference import START, World, make_world, worlds
from tests.features.world_lakes import filled

SLOW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
FIRST = date(2024, 1, 1)


def whole(world: World, day: date) -> Snapshot:
    return History.build(world.item_frame(), world.outcome_frame()).snapshot(day)


@SLOW
@given(worlds(), st.integers(0, 2**32))
def test_advanced_by_any_strides_a_snapshot_is_the_one_made_anew(world: World, seed: int) -> None:
    chance = random.Random(seed)
    day = FIRST + timedelta(days=chance.randint(-3, 90))
    with TemporaryDirectory() as root:
        publish(Path(root), whole(world, day))
        for _ in range(12):
            day += timedelta(days=chance.choice([1, 1, 2, 29, 30, 31, 90, 365]))
            with closing(LmdbProfileStore(current(Path(root)))) as below:
                news = advance(below, Frames(world.item_frame(), world.outcome_frame()), day)
                publish_advance(Path(root), below, news)
            with closing(LmdbProfileStore(current(Path(root)))) as store:
                expected = whole(world, day)
                assert dict(store.scan(b"")) == expected.packed
                assert (store.as_of, store.begun, store.identity) == (day, expected.begun, expected.identity)
                columns = world.columns()
                found, wanted = store.lookup(columns), expected.lookup(columns)
                assert all(found[name].tobytes() == wanted[name].tobytes() for name in wanted)


@SLOW
@given(worlds(), st.integers(-3, 400), st.sampled_from([0, 1, 2, 30, 365]))
def test_what_changes_is_just_what_differs_between_snapshots_made_anew(
    world: World, start: int, stride: int
) -> None:
    day = FIRST + timedelta(days=start)
    before, after = whole(world, day), whole(world, day + timedelta(days=stride))
    news = advance(before, Frames(world.item_frame(), world.outcome_frame()), after.as_of)
    keys = before.packed.keys() | after.packed
    differ = {key: after.packed.get(key, b"") for key in keys if before.get(key) != after.get(key)}
    assert news.changed == differ
    assert news.opened == Counter(NAME[key[:1]] for key in differ)


def test_a_late_outcome_opens_the_keys_of_its_item_and_no_other() -> None:
    goods = make_world(1, 3).items[0] | {"item_no": 1, "version": 1}
    parties = [{"declaration_id": name, "importer_id": name, "declarant_id": name} for name in "AB"]
    known = {"accepted_at": "2024-01-02T12:00:00Z", "known_at": "2024-01-02T12:00:00Z"}
    items = [goods | each | known | {"seller_id": each["importer_id"]} for each in parties]
    told = {"declaration_id": "A", "item_no": 1, "version": 1, "withdrawn": 0.0, "illicit": 1.0}
    without, late = World(items, []), World(items, [told | {"known_at": "2024-02-20T12:00:00Z"}])
    day, changed = date(2024, 2, 20), {}
    for each in (without, late):
        frames = Frames(each.item_frame(), each.outcome_frame())
        changed[len(each.outcomes)] = set(advance(whole(without, day), frames, day + timedelta(1)).changed)
    assert changed[0] == set()
    mine, other = (code.astype("<u8").tobytes() for code in part_codes(late.columns())["importer"])
    assert {NAME[key[:1]] for key in changed[1]} >= {"importer", "declarant", "seller", "all"}
    assert not [key for key in changed[1] if other in key]
    assert [key for key in changed[1] if mine in key]


def test_an_advance_says_what_it_opened() -> None:
    item = make_world(1, 3).items[0] | {"declaration_id": "A", "item_no": 1, "importer_id": "I", "version": 1}
    first = item | {"accepted_at": "2024-01-02T12:00:00Z", "known_at": "2024-01-02T12:00:00Z"}
    amended = first | {"version": 2, "known_at": "2024-03-01T12:00:00Z", "importer_id": "J"}
    outcome = {"declaration_id": "A", "item_no": 1, "version": 1, "withdrawn": 0.0, "illicit": 1.0}
    world = World([first, amended], [outcome | {"known_at": "2024-03-01T15:00:00Z"}])
    news = advance(
        whole(world, date(2024, 3, 1)), Frames(world.item_frame(), world.outcome_frame()), date(2024, 3, 2)
    )
    assert (news.amended, news.told) == (1, 1)
    assert news.opened["importer"] == 2
    quiet = advance(
        whole(world, date(2024, 3, 4)), Frames(world.item_frame(), world.outcome_frame()), date(2024, 3, 5)
    )
    assert (quiet.changed, quiet.opened, quiet.amended, quiet.told) == ({}, {}, 0, 0)


def test_a_day_is_brought_up_from_the_newest_snapshot_and_a_far_one_made_anew(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", make_world(20, 7))
    day = START.date() + timedelta(days=60)
    first = publish_day(tmp_path / "snapshots", lake, day)
    second = publish_day(tmp_path / "snapshots", lake, day + timedelta(days=3))
    third = publish_day(tmp_path / "snapshots", lake, day + timedelta(days=4 + LONGEST))
    assert (first.since, second.since, third.since) == (None, day, None)
    again = publish_day(tmp_path / "snapshots", lake, day)
    assert again.folder == first.folder == current(tmp_path / "snapshots")


def test_rows_that_come_late_into_the_lake_open_the_past_again_from_their_day_on(tmp_path: Path) -> None:
    world = make_world(30, 5)
    days = [START.date() + timedelta(days=days) for days in (40, 45, 50)]
    lake = filled(tmp_path / "lake", world, days[0])
    for day in days[:2]:
        publish_day(tmp_path / "snapshots", lake, day)
    late = world.item_frame().collect().filter(pl.col("known_date") < days[2])
    assert lake.append_items(late).added > 0
    earliest = lake.earliest(lake.parts() - frozenset(about_of(current(tmp_path / "snapshots")).parts))
    found = publish_day(tmp_path / "snapshots", lake, days[2])
    assert found.reopened == (earliest if earliest and earliest < days[1] else None)
    assert found.since in {None, *days[:2]}
    anew = History.build(lake.items(), lake.outcomes()).snapshot(days[2])
    assert LmdbProfileStore.identity_of(found.folder) == anew.identity


@pytest.mark.parametrize("harm", [FILE, ABOUT])
@pytest.mark.parametrize("days", [5, 8])
def test_a_damaged_snapshot_is_named_and_what_it_was_made_of_did_not_come_late(
    harm: str, days: int, tmp_path: Path
) -> None:
    world = make_world(30, 5)
    day = START.date() + timedelta(days=40)
    lake = filled(tmp_path / "lake", world, day)
    publish_day(tmp_path / "snapshots", lake, day)
    lake.append_items(world.item_frame().collect())
    newest = publish_day(tmp_path / "snapshots", lake, day + timedelta(days=5)).folder
    whole = bytearray((newest / harm).read_bytes())
    (newest / harm).write_bytes(whole[: len(whole) // 2])
    found = publish_day(tmp_path / "snapshots", lake, day + timedelta(days=days))
    assert (found.damaged, found.reopened) == (day + timedelta(days=5), None)
    anew = History.build(lake.items(), lake.outcomes()).snapshot(day + timedelta(days=days))
    assert LmdbProfileStore.identity_of(found.folder) == anew.identity


def test_a_day_already_published_is_found_again_and_one_with_new_rows_stands_beside(tmp_path: Path) -> None:
    world = make_world(20, 5)
    day = START.date() + timedelta(days=50)
    lake = filled(tmp_path / "lake", world, START.date() + timedelta(days=20))
    first = publish_day(tmp_path / "snapshots", lake, day).folder
    assert publish_day(tmp_path / "snapshots", lake, day).folder == first
    lake.append_items(world.item_frame().collect())
    second = publish_day(tmp_path / "snapshots", lake, day)
    assert second.folder.name == f"{day.isoformat()}.2"
    assert second.reopened is not None


def test_few_layers_are_kept_whatever_days_are_brought_up(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", make_world(60, 2))
    day = START.date() + timedelta(days=30)
    for number in range(40):
        folder = publish_day(tmp_path / "snapshots", lake, day + timedelta(days=number)).folder
        assert len(about_of(folder).below) <= 8
    assert LAGS[0] == 7


def test_while_one_builds_the_second_is_refused_with_its_remedy(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", make_world(5, 2))
    with building(tmp_path / "snapshots"), pytest.raises(LakeBusyError) as caught:
        publish_day(tmp_path / "snapshots", lake, FIRST)
    assert "wait" in caught.value.remedy
