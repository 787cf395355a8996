"""Columns hold what a declaration says, whether it came as records or as a frame."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from customs.declaration import FIELDS
from customs.outcome import OUTCOME_FIELDS
from features.columns import NAMES, SCHEMA, from_frame, from_records, rows, take, to_frame
from features.local_time import NO_DAY, NO_INSTANT, days_of, local_days
from features.outcome_columns import OUTCOME_SCHEMA, outcomes_from_records, outcomes_to_frame
from tests.features.intake_examples import ITEM, OUTCOME, item, outcome


def test_every_field_and_every_derived_name_is_there_in_the_frame_s_order() -> None:
    columns = from_records([ITEM, item(item_no=2)]).columns
    assert tuple(columns) == NAMES
    assert rows(columns) == 2
    assert {len(values) for values in columns.values()} == {2}
    assert dict(to_frame(columns).schema) == SCHEMA


def test_types_are_those_that_feature_functions_rely_on() -> None:
    columns = from_records([ITEM]).columns
    kinds = {name: values.dtype for name, values in columns.items()}
    assert kinds["hs_code"] == np.dtype(object)
    assert kinds["item_no"] == kinds["version"] == kinds["accepted_at"] == np.int64
    assert kinds["cif"] == kinds["packages"] == kinds["importer_aeo"] == np.float64
    assert kinds["customs_date"] == kinds["known_date"] == np.int32
    assert kinds["warnings"] == np.uint64


def test_a_frame_gives_back_the_columns_it_was_made_of() -> None:
    columns = from_records([ITEM, {"declaration_id": "D2", "item_no": 1}]).columns
    again = from_frame(to_frame(columns))
    for name, values in columns.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
        assert again[name].dtype == values.dtype


def test_missing_values_are_null_and_never_zero_or_text() -> None:
    bare = {field.name: ITEM[field.name] for field in FIELDS if field.required}
    frame = to_frame(from_records([bare]).columns)
    absent = {field.name for field in FIELDS if not field.required} - {"version", "known_at", "hs_edition"}
    assert all(frame[name].is_null().all() for name in absent)


@pytest.mark.parametrize("text", ["", "  ", "NA", "NaN", "null"])
def test_texts_that_stand_for_missing_are_missing(text: str) -> None:
    assert from_records([item(brand=text)]).columns["brand"].tolist() == [None]


def test_na_is_namibia_where_a_country_is_asked_for() -> None:
    assert from_records([item(origin_country="NA")]).columns["origin_country"].tolist() == ["NA"]


def test_defaults_are_version_1_known_when_accepted_and_the_edition_of_the_day() -> None:
    bare = item(version=None, known_at=None, hs_edition=None, accepted_at="2021-12-31T23:59:59-05:00")
    columns = from_records([bare]).columns
    assert columns["version"].tolist() == [1]
    assert columns["known_at"].tolist() == columns["accepted_at"].tolist()
    assert columns["hs_edition"].tolist() == ["2017"]
    assert columns["customs_date"].tolist() == [days_of(date(2021, 12, 31))]


def test_a_bare_date_is_local_midnight() -> None:
    columns = from_records([item(accepted_at="2024-03-05")]).columns
    assert to_frame(columns)["accepted_at"].item() == datetime(2024, 3, 5, 5, tzinfo=UTC)


def test_the_customs_date_is_the_local_one() -> None:
    late = item(accepted_at="2024-03-06T04:59:59Z", known_at="2024-03-06T05:00:00Z")
    columns = from_records([late], time_zone="America/Lima").columns
    assert columns["customs_date"].tolist() == [days_of(date(2024, 3, 5))]
    assert columns["known_date"].tolist() == [days_of(date(2024, 3, 6))]


def test_local_dates_follow_summer_time() -> None:
    moments = [datetime(2024, 3, 31, 22, 30, tzinfo=UTC), datetime(2024, 3, 30, 22, 30, tzinfo=UTC)]
    instants = np.array([int(moment.timestamp() * 1_000_000) for moment in moments] * 5 + [NO_INSTANT])
    days = local_days(instants, "Europe/Madrid")
    assert days[:2].tolist() == [days_of(date(2024, 4, 1)), days_of(date(2024, 3, 30))]
    assert days[-1] == NO_DAY


def test_unknown_fields_are_named_and_values_of_a_wrong_type_recorded() -> None:
    reading = from_records([item(colour="red", cif={"amount": 1}, quantity=True), ["no item"]])
    assert reading.unknown == ("colour",)
    found = {(fault.row, fault.field, fault.rule) for fault in reading.unreadable}
    assert found == {
        (0, "cif", "unreadable_value"),
        (0, "quantity", "unreadable_value"),
        (1, "", "malformed_row"),
    }


def test_taking_rows_takes_them_of_every_column() -> None:
    columns = take(from_records([item(item_no=number) for number in (1, 2, 3)]).columns, np.array([2, 0]))
    assert columns["item_no"].tolist() == [3, 1]
    assert rows(columns) == 2


def test_outcomes_have_a_frame_of_their_own() -> None:
    columns = outcomes_from_records([OUTCOME, outcome(known_at="2024-04-01", inspected_at=None)]).columns
    frame = outcomes_to_frame(columns)
    assert dict(frame.schema) == OUTCOME_SCHEMA
    assert frame.columns == [*(field.name for field in OUTCOME_FIELDS), "known_date"]
    assert frame["known_date"].to_list() == [date(2024, 3, 12), date(2024, 4, 1)]
    assert frame["inspected_at"].is_null().to_list() == [False, True]
    assert frame["withdrawn"].to_list() == [0.0, 0.0]
    assert frame.schema["illicit"] == pl.Float64
