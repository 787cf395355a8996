"""One call in a notebook gives features as of a day, and nothing of that day or later is in them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from customs.errors import InputError
from features.columns import from_records, to_frame
from features.feature_frame import FEATURE_NAMES
from features.history.entities import HISTORY_NAMES
from features.lake import Lake
from tests.features.history_reference import Reference, World, make_world, worlds

EPOCH = date(1970, 1, 1)
KEY = ["declaration_id", "item_no", "version", "as_of"]
NAMES = [*FEATURE_NAMES, *HISTORY_NAMES]


def item(**more: Any) -> dict[str, Any]:
    goods = {"importer_id": "I", "hs_code": "847130", "origin_country": "CN", "office_id": "O", "cif": 90.0}
    return goods | {"declaration_id": "A", "item_no": 1, "accepted_at": "2024-03-01", "net_kg": 45.0} | more


PAST = [item(declaration_id=f"P{day}", accepted_at=f"2024-02-{day:02}") for day in range(1, 21)]


def given_of(world: World) -> dict[str, Any]:
    return {"history": world.item_frame(), "outcomes": world.outcome_frame()}


def cut(world: World, day: date) -> dict[str, Any]:
    """What was known before a day."""
    items = world.item_frame().filter(pl.max_horizontal("customs_date", "known_date") < day)
    return {"history": items, "outcomes": world.outcome_frame().filter(pl.col("known_date") < day)}


@settings(max_examples=10, deadline=None)
@given(worlds(), st.sampled_from([0, 1, 30, 31, 90, 365, 366]))
def test_as_of_a_day_nothing_known_on_that_day_or_later_is_seen(world: World, days: int) -> None:
    day = date(2024, 1, 1) + timedelta(days)
    items = world.item_frame().collect()
    whole = features.matrix(items, as_of=day, names=NAMES, **given_of(world))
    part = features.matrix(items, as_of=day, names=NAMES, **cut(world, day))
    assert whole.equals(part)
    assert set(whole["as_of"]) == {day}


@settings(max_examples=10, deadline=None)
@given(worlds(), st.integers(0, 2**32))
def test_without_a_day_each_row_sees_what_was_known_before_its_own(world: World, seed: int) -> None:
    items = world.item_frame().collect()
    days = items["customs_date"].unique().sort()
    day = days[seed % len(days)]
    first = items.filter(pl.col("customs_date") <= day)
    whole = features.matrix(first, names=NAMES, **given_of(world))
    part = features.matrix(first, names=NAMES, **cut(world, day))
    assert whole.filter(pl.col("as_of") == day).equals(part.filter(pl.col("as_of") == day))


@settings(max_examples=5, deadline=None)
@given(worlds(12))
def test_history_values_are_those_of_brute_force(world: World) -> None:
    reference = Reference(world)
    found = features.matrix(world.item_frame(), names=HISTORY_NAMES, **given_of(world))
    for row, made in zip(reference.rows, found.select(HISTORY_NAMES).to_dicts(), strict=True):
        assert made == reference.of(row, row["customs"])


def test_rows_come_in_the_order_and_the_kind_of_frame_that_was_given() -> None:
    rows = [
        item(declaration_id=name, accepted_at=day) for name, day in (("B", "2024-03-09"), ("A", "2024-03-01"))
    ]
    of_polars = features.matrix(pl.DataFrame(rows), history=pl.DataFrame(PAST))
    pandas = pd.DataFrame(rows, index=[7, 3])
    of_pandas = features.matrix(pandas, history=pd.DataFrame(PAST))
    assert isinstance(of_polars, pl.DataFrame)
    assert isinstance(of_pandas, pd.DataFrame)
    assert list(of_pandas.index) == [7, 3]
    assert of_polars.columns == list(of_pandas.columns) == [*KEY, *FEATURE_NAMES]
    assert of_polars["declaration_id"].to_list() == ["B", "A"]
    np.testing.assert_array_equal(
        of_pandas[list(FEATURE_NAMES)].to_numpy(),
        of_polars.select(FEATURE_NAMES).fill_null(float("nan")).to_numpy(),
    )


def test_records_a_frame_and_files_give_the_same(tmp_path: Path) -> None:
    frame = pl.DataFrame([item(description="móvil"), item(item_no=2, cif=0.1)])
    frame.write_csv(tmp_path / "items.csv")
    frame.write_parquet(tmp_path / "items.parquet")
    expected = features.matrix(frame, history=PAST)
    for table in (frame.to_dicts(), frame.lazy(), tmp_path / "items.csv", str(tmp_path / "items.parquet")):
        assert features.matrix(table, history=PAST).equals(expected)


def test_a_pandas_frame_may_hold_instants_missing_numbers_and_text() -> None:
    rows = pd.DataFrame([item(quantity=3.0), item(item_no=2, quantity=None, brand="Acme")])
    rows["accepted_at"] = pd.to_datetime(rows["accepted_at"]).dt.tz_localize("America/Lima")
    found = features.matrix(rows, history=PAST, names=["quantity_missing", "brand_missing"])
    assert found["quantity_missing"].tolist() == [0, 1]
    assert found["brand_missing"].tolist() == [1, 0]
    assert found["as_of"].astype(str).tolist() == ["2024-03-01", "2024-03-01"]


def test_an_item_declared_again_does_not_see_its_later_amendment_in_the_totals() -> None:
    versions = [
        item(cif=10.0),
        item(item_no=2, cif=30.0),
        item(version=2, accepted_at="2024-03-05", cif=90.0),
    ]
    found = features.matrix(versions, history=PAST, names=["declaration_share"])
    assert found["declaration_share"].to_list() == [0.25, 0.75, 0.75]
    assert set(found["as_of"]) == {date(2024, 3, 1)}


def test_an_amendment_given_alone_sees_neither_the_version_it_amends_nor_what_was_found_of_it() -> None:
    amended = item(version=2, accepted_at="2024-04-01", cif=50.0)
    found = [{"declaration_id": "A", "item_no": 1, "illicit": 1, "known_at": "2024-03-10"}]
    asked = features.matrix(
        [amended, item(declaration_id="B", accepted_at="2024-04-01")],
        history=[item(), *PAST],
        outcomes=found,
        names=["importer.items", "importer.illicit"],
    )
    assert asked["as_of"].to_list() == [date(2024, 3, 1), date(2024, 4, 1)]
    assert asked.select("importer.items", "importer.illicit").rows() == [(20, 0), (21, 1)]


def test_history_comes_from_the_workspace_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lake(tmp_path / "data" / "lake").append_items(to_frame(from_records(PAST).columns))
    expected = features.matrix([item()], history=PAST)
    assert features.matrix([item()], workspace=tmp_path).equals(expected)
    monkeypatch.setenv("TAMIZ_WORKSPACE", str(tmp_path))
    assert features.matrix([item()]).equals(expected)
    monkeypatch.delenv("TAMIZ_WORKSPACE")
    monkeypatch.chdir(tmp_path)
    assert features.matrix([item()]).equals(expected)


def test_outcomes_count_from_the_day_after_they_were_known() -> None:
    told = [{"declaration_id": "P1", "item_no": 1, "illicit": 1, "known_at": "2024-02-28"}]
    seen = [
        features.matrix([item()], as_of=day, history=PAST, outcomes=told, names=["importer.illicit"])
        for day in ("2024-02-28", "2024-02-29")
    ]
    assert [frame["importer.illicit"].item() for frame in seen] == [0, 1]


@pytest.mark.parametrize(
    ("asked", "said", "remedy"),
    [
        ({"items": [item() | {"quantitiy": 1.0}]}, "'quantity'", "'quantitiy'"),
        ({"items": [{k: v for k, v in item().items() if k != "cif"} | {"cifs": 1.0}]}, "'cif'", "'cifs'"),
        ({"items": [item(hs_code="87")]}, "hs_code breaks", "digits"),
        ({"items": [item(), item(item_no=2, accepted_at="yesterday")]}, "row 1: accepted_at 'yesterday'", ""),
        ({"items": [item(), item()]}, "row 1 repeats", "twice"),
        ({"items": 7}, "items is of type int", "pandas"),
        ({"items": [item(cif=1.0), item(item_no=2, cif="x")]}, "'cif' holds", "one type"),
        ({"as_of": "31/03/2024"}, "31/03/2024", "2024-03-31"),
        ({"names": ["unit_valu"]}, "unit_valu", "unit_value"),
        ({"workspace": "nowhere", "history": None}, "nowhere", "tamiz ingest"),
        ({"workspace": "nowhere"}, "both", "the one"),
        ({"history": None, "outcomes": []}, "outcomes=", "history="),
        ({"outcomes": [{"declaration_id": "P1", "item_no": 1, "illicit": 1}]}, "known_at", "result_at"),
        ({"outcomes": [{"declaration_id": "P1", "item_no": 1, "illicit": 7}]}, "illicit", "fields"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_field_and_a_remedy(
    asked: dict[str, Any], said: str, remedy: str
) -> None:
    with pytest.raises(InputError) as refused:
        features.matrix(**({"items": [item()], "history": PAST} | asked))
    assert said in str(refused.value)
    assert remedy in refused.value.remedy


def test_no_commercial_or_personal_value_is_told_in_an_error() -> None:
    with pytest.raises(InputError) as refused:
        features.matrix([item(hs_code="87secret")], history=PAST)
    assert "secret" not in str(refused.value) + refused.value.remedy


def test_the_package_itself_imports_nothing_and_pandas_only_for_who_brings_it() -> None:
    program = (
        "import sys, features\n"
        "print([name for name in ('numpy', 'polars', 'pandas') if name in sys.modules])\n"
        f"features.matrix({[item()]!r}, history={PAST!r}); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "False"]


def test_worlds_without_a_row_to_ask_give_an_empty_frame() -> None:
    world = make_world(5, 1)
    found = features.matrix(world.item_frame().clear(), **given_of(world))
    assert found.columns == [*KEY, *FEATURE_NAMES]
    assert found.is_empty()
