"""What the tables give offline, row by row, is what a snapshot of each day gives, to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.columns import Columns, from_records, take
from features.declaration_lake import Frames
from features.encoding import SOURCES, STANDING
from features.history.advance import advance
from features.history.history import History
from features.lmdb_profile_store import LmdbProfileStore
from features.local_time import days_of
from features.lookup import look_up_at_once
from features.profile_store import current, publish, publish_advance
from features.reference.kinds import KIND, KINDS, PARTIES
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING
from features.reference.schema import frame_of
from features.reference.tables import KNOWN_NAMES, NO_TABLES, REFERENCE_NAMES, Tables
from features.snapshot import Snapshot
from tests.features.history_reference import make_world

FIRST, DAYS = date(2024, 1, 1), 9
CODES, ORIGINS, MONEY = (
    ("6109", "610910", "6109100041", "61091000"),
    (None, "CN", "EC"),
    ("USD", "EUR", "PEN"),
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
_DAY = st.integers(-1, DAYS - 1).map(lambda number: FIRST + timedelta(days=number))
_SAID: dict[str, Any] = {
    "valid_from": _DAY,
    "valid_to": st.none() | _DAY,
    "known_from": _DAY.map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC)),
    "withdrawn": st.sampled_from([None, 0.0, 0.0, 1.0]),
    "source": st.sampled_from(["gazette", "Aduana «Sur»"]),
    "licence": st.just("free"),
    "retrieved_at": st.sampled_from([None, datetime(2024, 1, 3, 4, 5, 6, 789, tzinfo=UTC)]),
}
_PRICE = st.floats(0.01, 1e4)
ROWS: Mapping[str, dict[str, Any]] = {
    "market_prices": {
        "hs_code": st.sampled_from(CODES), "origin_country": st.sampled_from(ORIGINS),
        "price_low": st.none() | _PRICE, "price_mid": _PRICE, "price_high": st.none() | _PRICE,
        "currency": st.sampled_from(MONEY), "unit": st.sampled_from([None, "TNE"]),
        "quotes": st.none() | st.integers(0, 9).map(float),
    },
    "companies": {
        "importer_id": st.sampled_from(["A", "B"]), "registered_on": _DAY,
        "activity": st.sampled_from([None, "46"]), "active": st.sampled_from([None, 0.0, 1.0]),
        "address": st.sampled_from([None, "00ff00ff00ff00ff"]), "employees": st.none() | st.just(7.0),
    },
    "exchange_rates": {"currency": st.sampled_from(MONEY), "rate": st.floats(0.01, 100)},
    "tariff": {
        "hs_code": st.sampled_from(CODES), "rate_pct": st.floats(0, 80), "specific": st.none() | st.just(1.0),
    },
    "hs_correlation": {
        "edition": st.sampled_from(["2012", "2017"]), "hs_code": st.just("610910"),
        "to_edition": st.just("2022"), "to_code": st.sampled_from(["610910", "610990"]),
    },
    "watch_list": {
        "party_kind": st.sampled_from(list(PARTIES)), "party": st.sampled_from(["A", "x  Y"]),
        "list_name": st.sampled_from(["L1", "L2"]), "severity": st.sampled_from([1.0, 2.0, 3.0]),
        "reason": st.none(),
    },
    "preference_agreements": {
        "preference_code": st.sampled_from(["CAN", "802"]), "origin_country": st.sampled_from(ORIGINS),
        "hs_code": st.sampled_from([None, "61", "6109"]), "rate_pct": st.none() | st.floats(0, 9),
        "share_of_mfn": st.none() | st.floats(0, 1),
    },
}  # fmt: skip
ITEM = {
    "customs_date": st.integers(0, DAYS - 1),
    "hs_code": st.sampled_from([*CODES, "610990", "61", None]),
    "origin_country": st.sampled_from(ORIGINS),
    "currency": st.sampled_from([*MONEY, "XXX", None]),
    "preference_code": st.sampled_from(["CAN", "802", None]),
    "hs_edition": st.sampled_from(["2012", "2017", "2022", None]),
    **{field: st.sampled_from(["A", "B", "X Y", None]) for field in PARTIES.values()},
}


@st.composite
def drawn_tables(draw: st.DrawFn) -> Tables:
    held = {}
    for kind in KINDS:
        rows = draw(
            st.none() | st.lists(st.fixed_dictionaries(ROWS[kind.name] | _SAID), min_size=1, max_size=6)
        )
        if rows is not None:
            held[kind.name] = ReferenceTable.build(kind, frame_of(kind, rows))
    return Tables(held, draw(st.sampled_from(["USD", "PEN"])))


@st.composite
def drawn_items(draw: st.DrawFn) -> Columns:
    rows = draw(st.lists(st.fixed_dictionaries(ITEM), min_size=1, max_size=6))
    columns = from_records([{"declaration_id": "D", "item_no": 1}] * len(rows)).columns
    for name in ITEM:
        columns[name] = np.empty(len(rows), object)
        columns[name][:] = [row[name] for row in rows]
    columns["customs_date"] = (columns["customs_date"] + days_of(FIRST)).astype(np.int32)
    return columns


def snapshot_of(tables: Tables, day: date) -> Snapshot:
    return History.build(make_world(1, 3).item_frame(), None, tables=tables).snapshot(day)


@SLOW
@given(drawn_tables(), drawn_items())
def test_a_snapshot_of_the_day_gives_what_the_tables_give_as_of_it(tables: Tables, items: Columns) -> None:
    offline = tables.as_of(items)
    assert tuple(offline) == REFERENCE_NAMES
    for row, number in enumerate(items["customs_date"].tolist()):
        snapshot = snapshot_of(tables, date(1970, 1, 1) + timedelta(days=number))
        one = take(items, slice(row, row + 1))
        online = snapshot.lookup(one)
        assert tuple(online) == KNOWN_NAMES
        expected = {name: values[row] for name, values in offline.items()}
        assert {name: online[name].item() for name in REFERENCE_NAMES} == expected
        named = {online[f"{kind.name}.source"].item() for kind in KINDS} - {MISSING}
        assert {snapshot.sources[each] for each in named} == {tables.sources[each] for each in named}
        asked: list[bytes] = []

        def get_all(
            keys: list[bytes], held: Snapshot = snapshot, asked: list[bytes] = asked
        ) -> dict[bytes, bytes]:
            asked.extend(keys)
            return {key: held.packed[key] for key in keys if key in held.packed}

        far = look_up_at_once(get_all, one, snapshot.get(STANDING))
        assert {name: values.item() for name, values in far.items()} == {
            name: values.item() for name, values in online.items()
        }
        assert len(asked) < 160


@SLOW
@given(drawn_tables(), drawn_items())
def test_nothing_that_became_known_on_the_day_or_later_is_seen(tables: Tables, items: Columns) -> None:
    day = int(items["customs_date"][0])
    cut = {
        name: ReferenceTable.build(
            table.kind, table.frame.filter(pl.col("known_date") < date(1970, 1, 1) + timedelta(days=day))
        )
        for name, table in tables.held.items()
    }
    before = Tables({name: table for name, table in cut.items() if table.frame.height}, tables.currency)
    one = take(items, slice(0, 1))
    whole, part = tables.as_of(one), before.as_of(one)
    assert {name: values.item() for name, values in whole.items()} == {
        name: values.item() for name, values in part.items()
    }


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn_tables(), drawn_tables(), st.lists(st.integers(0, 3), min_size=2, max_size=6))
def test_advanced_by_any_strides_the_tables_stand_as_in_a_snapshot_made_anew(
    tables: Tables, later: Tables, strides: list[int]
) -> None:
    world, day = make_world(5, 3), FIRST
    frames = Frames(world.item_frame(), world.outcome_frame())
    with TemporaryDirectory() as root:
        publish(Path(root), History.of(frames, tables=tables).snapshot(day))
        for number, stride in enumerate(strides):
            day += timedelta(days=stride)
            held = tables if number % 2 else later
            with closing(LmdbProfileStore(current(Path(root)))) as below:
                publish_advance(Path(root), below, advance(below, frames, day, held))
            with closing(LmdbProfileStore(current(Path(root)))) as store:
                anew = History.of(frames, tables=held).snapshot(day)
                assert dict(store.scan(b"")) == anew.packed
                assert (store.identity, store.sources) == (anew.identity, anew.sources)


def test_without_tables_a_snapshot_has_no_entry_of_them_and_all_is_missing() -> None:
    snapshot = snapshot_of(NO_TABLES, FIRST)
    assert (snapshot.get(STANDING), snapshot.get(SOURCES), snapshot.sources) == (None, None, {})
    found = snapshot.lookup(from_records([{"importer_id": "A", "preference_code": "CAN"}]).columns)
    assert {found[name].item() for name in REFERENCE_NAMES} == {MISSING}


def test_the_content_of_the_tables_is_part_of_the_identity_of_a_snapshot() -> None:
    def rate(pct: float) -> Tables:
        said = {"source": "gazette", "licence": "free", "known_from": datetime(2023, 12, 1, tzinfo=UTC)}
        row = {"hs_code": "6109", "rate_pct": pct, "valid_from": FIRST, **said}
        return Tables({"tariff": ReferenceTable.build(KIND["tariff"], frame_of(KIND["tariff"], [row]))})

    identities = {snapshot_of(tables, FIRST).identity for tables in (NO_TABLES, rate(6.0), rate(11.0))}
    assert len(identities) == 3
    assert (
        snapshot_of(rate(6.0), FIRST - timedelta(days=31)).identity
        == snapshot_of(NO_TABLES, FIRST - timedelta(days=31)).identity
    )
