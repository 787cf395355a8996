"""A file of a reference table is taken row by row; what breaks a rule goes to quarantine with its remedy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.errors import MissingColumnsError
from features.local_time import instant_of
from features.reference.errors import ProvenanceError
from features.reference.intake import Provenance, add
from features.reference.kind import Privacy
from features.reference.kinds import KIND, KINDS
from features.reference.token import Tokens
from features.settings import IntakeSettings
from tests.features.intake_examples import quarantined
from tests.features.reference.table_examples import NOW, ROWS, added, row, store


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_of_each_kind_is_taken_and_the_same_file_twice_adds_nothing(kind: str, tmp_path: Path) -> None:
    report = added(tmp_path, kind, row(kind))
    assert (report.counts.rows, report.counts.accepted, report.quarantine) == (1, 1, None)
    again = added(tmp_path, kind, row(kind), now=NOW + timedelta(days=9))
    assert (again.counts.accepted, again.counts.repeated) == (0, 1)
    held = store(tmp_path).rows(KIND[kind])
    assert held.height == 1
    assert held["known_date"].item() == date(2023, 12, 1)


def test_every_kind_has_an_example() -> None:
    assert set(ROWS) == {kind.name for kind in KINDS}


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("tariff", {"hs_code": "61"}, "hs_code_malformed", "hs_code"),
    ("tariff", {"hs_code": "770100"}, "hs_code_malformed", "hs_code"),
    ("tariff", {"hs_code": None}, "missing_required", "hs_code"),
    ("tariff", {"rate_pct": -1}, "number_out_of_bounds", "rate_pct"),
    ("tariff", {"rate_pct": "eleven"}, "unreadable_value", "rate_pct"),
    ("tariff", {"specific": 2}, "unreadable_value", "specific"),
    ("tariff", {"valid_from": "2023-02-29"}, "unreadable_value", "valid_from"),
    ("tariff", {"valid_from": None}, "missing_required", "valid_from"),
    ("tariff", {"valid_to": "2023-12-31"}, "validity_ends_before_it_begins", "valid_to"),
    ("tariff", {"known_from": "2024-06-05"}, "time_in_future", "known_from"),
    ("tariff", {"retrieved_at": "2025-01-01"}, "time_in_future", "retrieved_at"),
    ("tariff", {"known_from": "2024-01-01T10:00:00"}, "instant_without_offset", "known_from"),
    ("market_prices", {"origin_country": "XX"}, "country_unknown", "origin_country"),
    ("market_prices", {"currency": "US$"}, "currency_unknown", "currency"),
    ("market_prices", {"unit": "NIU"}, "unit_unknown", "unit"),
    ("market_prices", {"price_low": 12}, "prices_out_of_order", "price_mid"),
    ("market_prices", {"price_mid": 0, "price_low": None}, "number_out_of_bounds", "price_mid"),
    ("exchange_rates", {"rate": 0}, "number_out_of_bounds", "rate"),
    ("companies", {"activity": "G"}, "activity_unknown", "activity"),
    ("hs_correlation", {"edition": "2022"}, "edition_unknown", "edition"),
    ("hs_correlation", {"to_edition": "2017"}, "editions_backwards", "to_edition"),
    ("hs_correlation", {"to_code": "4015"}, "successor_malformed", "to_code"),
    ("watch_list", {"severity": 4}, "number_out_of_bounds", "severity"),
    ("watch_list", {"party_kind": "ship"}, "party_kind_unknown", "party_kind"),
    ("preference_agreements", {"rate_pct": None}, "preference_without_rate", "rate_pct"),
    ("preference_agreements", {"share_of_mfn": 1.5}, "number_out_of_bounds", "share_of_mfn"),
]


@pytest.mark.parametrize(("kind", "changes", "rule", "field"), BAD, ids=lambda value: str(value)[:40])
def test_a_row_that_breaks_a_rule_is_quarantined_and_the_rest_go_on(
    kind: str, changes: dict[str, Any], rule: str, field: str, tmp_path: Path
) -> None:
    good = row(kind, valid_from="2024-02-02")
    report = added(tmp_path, kind, row(kind) | changes, good)
    assert (report.counts.accepted, report.counts.refused) == (1, 1)
    assert report.rules[rule] == 1
    entry = next(one for one in quarantined(tmp_path / "quarantine") if one["rule"] == rule)
    assert (entry["line"], entry["field"], entry["table"]) == (2, field, kind)
    assert entry["remedy"]


LONG = "a" * 301


@pytest.mark.parametrize(
    ("kind", "changes", "field", "said"),
    [
        ("tariff", {"specific": 7}, "specific", "0 or 1"),
        ("tariff", {"valid_from": "1899-12-31"}, "valid_from", "1900 to 2199"),
        ("tariff", {"valid_to": "9999-12-32"}, "valid_to", "1900 to 2199"),
        ("tariff", {"rate_pct": "eleven"}, "rate_pct", "decimal point"),
        ("companies", {"address": LONG}, "address", "300 characters"),
        ("companies", {"importer_id": LONG}, "importer_id", "64 characters"),
        ("tariff", {"known_from": None, "retrieved_at": "2025-01-01"}, "retrieved_at", "fetched"),
        ("tariff", {"known_from": "2025-01-01"}, "known_from", "knowledge not"),
    ],
)
def test_the_remedy_speaks_of_the_column_that_is_wrong(
    kind: str, changes: dict[str, Any], field: str, said: str, tmp_path: Path
) -> None:
    added(tmp_path, kind, row(kind) | changes)
    (entry,) = quarantined(tmp_path / "quarantine")
    assert entry["field"] == field
    assert said in entry["remedy"]


@pytest.mark.parametrize("end", ["9999-12-31", " 2200-01-01", "9999-12-31T23:59:59Z"])
def test_an_end_beyond_the_years_of_trade_is_no_end(end: str, tmp_path: Path) -> None:
    assert added(tmp_path, "tariff", row("tariff", valid_to=end)).counts.accepted == 1
    assert store(tmp_path).rows(KIND["tariff"])["valid_to"].to_list() == [None]
    assert added(tmp_path, "tariff", row("tariff")).counts.repeated == 1
    assert added(tmp_path, "tariff", row("tariff", hs_code="640411", valid_to="2199-12-31")).counts.accepted
    assert store(tmp_path).rows(KIND["tariff"])["valid_to"].to_list()[-1] == date(2199, 12, 31)


def test_a_row_with_other_content_and_the_same_knowledge_is_quarantined(tmp_path: Path) -> None:
    added(tmp_path, "tariff", row("tariff"))
    report = added(tmp_path, "tariff", row("tariff", rate_pct=12))
    assert (report.counts.refused, report.all_refused) == (1, True)
    (entry,) = quarantined(tmp_path / "quarantine")
    assert (entry["rule"], entry["value"]) == ("same_row_with_other_content", "610910")


def test_what_the_file_does_not_say_is_known_when_it_was_fetched_and_never_before(tmp_path: Path) -> None:
    silent = row("tariff", known_from=None, retrieved_at=None, source=None, licence=None)
    fetched = instant_of(datetime(2024, 5, 2, 12, tzinfo=UTC))
    added(tmp_path, "tariff", silent, provenance=Provenance("customs", "open", fetched))
    held = store(tmp_path).rows(KIND["tariff"]).row(0, named=True)
    assert (held["source"], held["licence"], held["known_date"]) == ("customs", "open", date(2024, 5, 2))
    later = added(tmp_path, "tariff", silent, provenance=Provenance("customs", "open"))
    assert later.counts.repeated == 1
    added(tmp_path, "tariff", silent | {"rate_pct": 4}, provenance=Provenance("customs", "open"))
    assert store(tmp_path).rows(KIND["tariff"])["known_date"].to_list()[-1] == date(2024, 5, 31)


def test_known_from_is_the_date_of_the_administrations_own_clock(tmp_path: Path) -> None:
    added(tmp_path, "tariff", row("tariff", known_from="2024-01-02T03:00:00Z"))
    assert store(tmp_path).rows(KIND["tariff"])["known_date"].item() == date(2024, 1, 1)


def test_an_address_is_kept_only_as_a_token(tmp_path: Path) -> None:
    report = added(tmp_path, "companies", row("companies"), row("companies", importer_id="B", address="a\0b"))
    assert report.counts.refused == 1
    (held,) = store(tmp_path).rows(KIND["companies"])["address"].to_list()
    assert held == Tokens(b"k" * 32).of("av peru 123 lima")
    assert all(entry["value"] == "" for entry in quarantined(tmp_path / "quarantine"))
    every = b"".join(path.read_bytes() for path in (tmp_path / "references").rglob("*") if path.is_file())
    assert b"Per" not in every
    assert [one.name for one in KIND["companies"].values if one.privacy is Privacy.TOKEN] == ["address"]


def test_columns_are_named_by_a_mapping(tmp_path: Path) -> None:
    given = row("tariff")
    given["Partida"] = given.pop("hs_code")
    assert added(tmp_path, "tariff", given, mapping={"hs_code": "Partida"}).counts.accepted == 1
    with pytest.raises(MissingColumnsError, match="Arancel"):
        added(tmp_path, "tariff", given, mapping={"rate_pct": "Arancel"})
    with pytest.raises(ProvenanceError, match="no column of tariff") as refused:
        added(tmp_path, "tariff", given, mapping={"price": "Partida"})
    assert "hs_code" in refused.value.remedy


@pytest.mark.parametrize(
    ("gone", "said"), [("source", "source"), ("licence", "licence"), ("rate_pct", "rate_pct")]
)
def test_a_file_without_what_is_needed_is_refused_whole(gone: str, said: str, tmp_path: Path) -> None:
    given = {name: value for name, value in row("tariff").items() if name != gone}
    with pytest.raises((ProvenanceError, MissingColumnsError), match=said):
        added(tmp_path, "tariff", given)
    assert not (tmp_path / "references").exists()


def test_chunks_make_no_difference_and_unknown_columns_are_told(tmp_path: Path) -> None:
    rows = [row("tariff", hs_code=f"6109{number:02d}", colour="red") for number in range(10, 35)]
    rows.append(row("tariff", hs_code="610910", rate_pct=99))
    whole = added(tmp_path, "tariff", *rows)
    pieces = add(
        tmp_path / "table.csv",
        KIND["tariff"],
        store(tmp_path / "pieces"),
        quarantine=tmp_path / "quarantine",
        settings=IntakeSettings(chunk_rows=4),
        now=NOW,
        tokens=Tokens(b"k" * 32),
    )
    assert whole.unknown_columns == pieces.unknown_columns == ("colour",)
    assert whole.counts == pieces.counts
    kind = KIND["tariff"]
    assert store(tmp_path).fingerprint(kind) == store(tmp_path / "pieces").fingerprint(kind)


def test_parquet_with_dates_is_taken_too(tmp_path: Path) -> None:
    given = pl.DataFrame([row("companies", valid_to="9999-12-31")])
    frame = given.with_columns(pl.col("registered_on", "valid_to").str.to_date())
    frame.write_parquet(tmp_path / "table.parquet")
    report = add(
        tmp_path / "table.parquet",
        KIND["companies"],
        store(tmp_path),
        quarantine=tmp_path / "quarantine",
        settings=IntakeSettings(),
        now=NOW,
        tokens=Tokens(b"k" * 32),
    )
    assert report.counts.accepted == 1
    held = store(tmp_path).rows(KIND["companies"])
    assert held["registered_on"].item() == date(2020, 2, 29)
    assert held["valid_to"].item() is None
