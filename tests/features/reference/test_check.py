"""The look over the tables finds what is wrong or doubtful, and nothing where all is as it should be."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.local_time import days_of
from features.reference.catalogue import catalogue
from features.reference.check import check
from features.reference.checks import CHECKS
from features.reference.finding import FIRST, Finding
from features.reference.keys import key_hash
from features.reference.kinds import KIND
from features.settings import IntakeSettings
from tests.features.reference.table_examples import ROWS, added, row, store

TODAY = date(2023, 12, 3)


def checked(folder: Path, today: date = TODAY) -> tuple[Finding, ...]:
    return check(store(folder), IntakeSettings(), today)


def found(folder: Path, today: date = TODAY) -> dict[str, tuple[str, str, int]]:
    return {one.check: (one.kind, one.level, one.rows) for one in checked(folder, today)}


def test_tables_that_are_as_they_should_be_are_passed(tmp_path: Path) -> None:
    for kind in ROWS:
        added(tmp_path, kind, row(kind))
    assert found(tmp_path) == {}


FAULTS: list[tuple[str, str, str, list[dict[str, Any]]]] = [
    ("overlap", "tariff", "W", [{"valid_to": "2024-03-31"}, {"valid_from": "2024-03-31"}]),
    ("gap", "tariff", "W", [{"valid_to": "2024-03-30"}, {"valid_from": "2024-04-01"}]),
    ("hs_code_not_listed", "tariff", "W", [{"hs_code": "610999"}]),
    ("hs_code_not_listed", "hs_correlation", "W", [{"to_code": "610999"}]),
    ("rate_out_of_band", "tariff", "W", [{"rate_pct": 350}]),
    (
        "resumed",
        "tariff",
        "W",
        [{}, {"valid_from": "2024-06-01", "valid_to": "2024-08-01"}, {"valid_from": "2024-10-01"}],
    ),
    ("own_currency_rate", "exchange_rates", "E", [{"currency": "USD", "rate": 3.7}]),
    ("rate_jump", "exchange_rates", "W", [{}, {"valid_from": "2024-01-02", "rate": 110}]),
    (
        "price_jump",
        "market_prices",
        "W",
        [{}, {"valid_from": "2024-02-01", "price_low": 100, "price_mid": 120, "price_high": 150}],
    ),
    ("price_spread", "market_prices", "W", [{"price_high": 900}]),
    ("currency_without_rate", "market_prices", "E", [{"currency": "EUR"}]),
    ("registered_in_future", "companies", "E", [{"registered_on": "2024-05-01"}]),
    ("preference_misfit", "preference_agreements", "W", [{"origin_country": "CN"}]),
    ("container_check_digit", "watch_list", "W", [{"party_kind": "container", "party": "CSQU3054384"}]),
]


@pytest.mark.parametrize(("name", "kind", "level", "rows"), FAULTS)
def test_a_fault_is_found_with_its_rows_and_its_remedy(
    name: str, kind: str, level: str, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    added(tmp_path, kind, *(row(kind) | changes for changes in rows))
    assert found(tmp_path) == {name: (kind, level, 1)}


def test_days_on_which_an_earlier_row_counts_again_are_no_gap(tmp_path: Path) -> None:
    rows = [
        row("tariff", rate_pct=150),
        row("tariff", valid_from="2024-06-01", valid_to="2024-08-01"),
        row("tariff", valid_from="2024-10-01"),
    ]
    added(tmp_path, "tariff", *rows)
    day, key = np.array([days_of(date(2024, 9, 10))], np.int32), np.array([key_hash("610910")], np.uint64)
    table = store(tmp_path).table(KIND["tariff"])
    assert table.frame["rate_pct"][table.rows_as_of(key, day)].to_list() == [150]
    assert set(found(tmp_path)) == {"resumed"}
    added(tmp_path, "tariff", rows[0] | {"valid_to": "2024-05-31", "known_from": "2023-12-02"})
    assert set(found(tmp_path)) == {"gap"}


def test_a_gap_is_one_of_those_that_stand_beside_one_another_under_a_key(tmp_path: Path) -> None:
    ended = {"valid_to": "2024-01-31"}
    again = {"valid_from": "2024-03-01"}
    added(tmp_path, "watch_list", *(row("watch_list") | one for one in (ended, again, {"list_name": "B"})))
    assert found(tmp_path) == {"gap": ("watch_list", "W", 1)}


def test_the_first_rows_at_fault_are_named_by_their_open_key(tmp_path: Path) -> None:
    codes = [f"6109{number}" for number in range(10, 17)]
    added(tmp_path, "tariff", *(row("tariff", hs_code=code, rate_pct=350) for code in codes))
    one = next(one for one in checked(tmp_path) if one.check == "rate_out_of_band")
    assert (one.rows, len(one.examples)) == (7, FIRST)
    assert one.examples[0].words == "610910, valid from 2024-01-01"
    assert one.to_json()["examples"][1] == {
        "row": 2,
        "key": {"hs_code": "610911"},
        "valid_from": "2024-01-01",
        "known_from": "2023-12-01T05:00:00+00:00",
    }


def test_rows_of_a_personal_key_are_named_by_their_number_alone(tmp_path: Path) -> None:
    good = row("companies", importer_id="20100039207")
    added(tmp_path, "companies", good, row("companies", registered_on="2024-05-01"))
    (one,) = checked(tmp_path)
    assert one.examples[0].words == "row 2: valid from 2024-01-01, known from 2023-12-01"
    assert ROWS["companies"]["importer_id"] not in str(one)


def test_every_check_has_a_fault_that_it_finds() -> None:
    told = {name for name, *_ in FAULTS} | {"stale", "preference_above_general"}
    assert told == {one.name for one in CHECKS}


def test_a_preference_dearer_than_the_general_rate_is_doubted(tmp_path: Path) -> None:
    added(tmp_path, "tariff", row("tariff"))
    added(tmp_path, "preference_agreements", row("preference_agreements", hs_code="610910", rate_pct=12))
    assert found(tmp_path) == {"preference_above_general": ("preference_agreements", "W", 1)}


def test_what_was_corrected_or_withdrawn_is_not_held_against_a_table(tmp_path: Path) -> None:
    added(tmp_path, "tariff", row("tariff", rate_pct=350), row("tariff", known_from="2023-12-02"))
    wrong = row("companies", registered_on="2024-05-01")
    added(tmp_path, "companies", wrong, wrong | {"known_from": "2023-12-02", "withdrawn": 1})
    assert found(tmp_path) == {}


def test_a_table_is_stale_once_its_newest_row_is_older_than_its_kind_allows(tmp_path: Path) -> None:
    added(tmp_path, "exchange_rates", row("exchange_rates"))
    assert found(tmp_path, date(2023, 12, 8)) == {}
    assert found(tmp_path, date(2023, 12, 9)) == {"stale": ("exchange_rates", "W", 1)}
    (entry,) = catalogue(store(tmp_path), date(2023, 12, 9))
    assert (entry.age_days, entry.stale, entry.source, entry.rows) == (8, True, "gazette", 1)


def test_the_catalogue_has_a_line_for_each_kind_and_source(tmp_path: Path) -> None:
    added(tmp_path, "tariff", row("tariff"), row("tariff", hs_code="640411", source="decree"))
    added(tmp_path, "companies", row("companies"))
    lines = [(entry.kind, entry.source) for entry in catalogue(store(tmp_path), TODAY)]
    assert lines == [("companies", "gazette"), ("tariff", "decree"), ("tariff", "gazette")]
