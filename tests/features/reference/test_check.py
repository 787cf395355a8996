"""The look over the tables finds what is wrong or doubtful, and nothing where all is as it should be."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.reference.catalogue import catalogue
from features.reference.check import CHECKS, check
from features.settings import IntakeSettings
from tests.features.reference.table_examples import ROWS, added, row, store

TODAY = date(2023, 12, 3)


def found(folder: Path, today: date = TODAY) -> dict[str, tuple[str, str, int]]:
    every = check(store(folder), IntakeSettings(), today)
    return {one.check: (one.kind, one.level, one.rows) for one in every}


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
    ("rate_jump", "exchange_rates", "W", [{}, {"valid_from": "2024-01-02", "rate": 110}]),
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
