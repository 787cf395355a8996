"""Intake puts what is sound into the lake, what is not into quarantine, and says so."""

from __future__ import annotations

import errno
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from customs.declaration import KEY
from features import quarantine as quarantine_module
from features.adapters.csv_source import CsvSource
from features.columns import from_records
from features.errors import LakeBusyError, MissingColumnsError, UnknownFormatError, WriteFailedError
from features.intake import accept, accept_outcomes, ingest
from features.intake_report import Counts, IntakeReport
from features.lake import Lake
from features.lake_files import only_writer
from features.outcome_columns import outcomes_from_records
from features.settings import IntakeSettings
from tests.features.intake_examples import NOW, csv_file, item, outcome, quarantined

SMALL = IntakeSettings(chunk_rows=3)


def take(
    root: Path,
    *paths: Path,
    settings: IntakeSettings = SMALL,
    format: str = "canonical",  # noqa: A002
    **more: Any,
) -> IntakeReport:
    return ingest(
        paths,
        format=format,
        lake=Lake(root / "lake"),
        quarantine=root / "quarantine",
        settings=settings,
        now=NOW,
        **more,
    )


def content(root: Path) -> pl.DataFrame:
    return Lake(root / "lake").items().collect().sort(KEY)


def mixed(count: int) -> list[dict[str, Any]]:
    return [item(item_no=number, cif=-1.0 if number % 4 == 0 else 10000.0) for number in range(1, count + 1)]


def test_sound_rows_go_to_the_lake_and_broken_ones_to_quarantine_with_their_line(tmp_path: Path) -> None:
    report = take(tmp_path, csv_file(tmp_path / "items.csv", mixed(10)))
    assert report.items == Counts(rows=10, accepted=8, repeated=0, refused=2)
    assert content(tmp_path)["item_no"].to_list() == [1, 2, 3, 5, 6, 7, 9, 10]
    entries = quarantined(tmp_path / "quarantine")
    assert [(entry["line"], entry["field"], entry["value"], entry["rule"]) for entry in entries] == [
        (5, "cif", "-1.0", "negative_amount"),
        (9, "cif", "-1.0", "negative_amount"),
    ]
    assert {(entry["source"], entry["table"]) for entry in entries} == {("items.csv", "items")}
    assert all(entry["remedy"] for entry in entries)


def test_the_same_file_twice_adds_nothing_and_overwrites_no_quarantine(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "items.csv", mixed(10))
    first = take(tmp_path, path)
    before = content(tmp_path), Lake(tmp_path / "lake").fingerprint()
    second = take(tmp_path, path)
    assert second.items == Counts(rows=10, accepted=0, repeated=8, refused=2)
    assert content(tmp_path).equals(before[0])
    assert Lake(tmp_path / "lake").fingerprint() == before[1]
    assert first.quarantine != second.quarantine
    assert len(list((tmp_path / "quarantine").iterdir())) == 2


def test_rows_repeated_within_a_file_and_across_files_count_once(tmp_path: Path) -> None:
    rows = [item(item_no=number) for number in (1, 1, 2, 3, 1, 4, 2)]
    one = csv_file(tmp_path / "one.csv", rows)
    two = csv_file(tmp_path / "two.csv", rows[2:])
    report = take(tmp_path, one, two)
    assert report.items == Counts(rows=12, accepted=4, repeated=8, refused=0)


def test_other_content_under_a_key_is_refused_in_the_chunk_the_file_and_the_lake(tmp_path: Path) -> None:
    rows = [item(), item(cif=9999.0), item(item_no=2), item(item_no=3), item(cif=9998.0)]
    first = take(tmp_path, csv_file(tmp_path / "one.csv", rows))
    second = take(tmp_path, csv_file(tmp_path / "two.csv", [item(item_no=2, brand="other")]))
    assert (first.refused, second.refused) == (2, 1)
    assert [rule.rows for rule in first.rules if rule.rule == "duplicate_with_other_content"] == [2]
    entries = quarantined(tmp_path / "quarantine")
    assert sorted((entry["source"], entry["line"]) for entry in entries) == [
        ("one.csv", 3),
        ("one.csv", 6),
        ("two.csv", 2),
    ]


def test_the_order_of_files_and_the_size_of_chunks_do_not_change_the_lake(tmp_path: Path) -> None:
    rows = [
        item(
            declaration_id=f"D{number % 5}", version=number // 5 + 1, accepted_at=f"2024-0{number % 3 + 1}-10"
        )
        for number in range(15)
    ]
    one, two = csv_file(tmp_path / "one.csv", rows[:6]), csv_file(tmp_path / "two.csv", rows[6:])
    take(tmp_path / "a", one, two)
    take(tmp_path / "b", two, one, settings=IntakeSettings())
    assert content(tmp_path / "a").equals(content(tmp_path / "b"))
    assert content(tmp_path / "a").height == 15


def test_a_file_that_is_broken_all_through_adds_nothing_and_the_report_says_so(tmp_path: Path) -> None:
    report = take(
        tmp_path, csv_file(tmp_path / "a.csv", [item(item_no=n, hs_code="x") for n in (1, 2, 3, 4)])
    )
    assert report.all_refused
    assert report.items == Counts(4, 0, 0, 4)
    assert report.dates is None
    assert report.to_json()["first_digits"] is None
    assert content(tmp_path).is_empty()


def test_nothing_is_taken_if_one_of_the_files_cannot_be_read(tmp_path: Path) -> None:
    good = csv_file(tmp_path / "good.csv", [item()])
    bad = csv_file(tmp_path / "bad.csv", [{"declaration_id": "D1"}])
    with pytest.raises(MissingColumnsError):
        take(tmp_path, good, bad)
    with pytest.raises(MissingColumnsError):
        take(tmp_path, good, outcomes=bad)
    assert not (tmp_path / "lake").exists()


def test_a_run_that_was_killed_can_be_run_again(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "items.csv", mixed(10))

    def killed(label: str, done: int, total: int) -> None:
        if content(tmp_path).height >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(tmp_path, path, progress=killed)
    assert 0 < content(tmp_path).height < 8
    take(tmp_path, path)
    take(tmp_path / "whole", path)
    assert content(tmp_path).equals(content(tmp_path / "whole"))


def test_chunks_are_taken_one_after_the_other_while_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    read = CsvSource.batches

    def watched(self: CsvSource, rows: int) -> Any:
        for batch in read(self, rows):
            events.append(f"read {batch.frame.height}")
            yield batch

    monkeypatch.setattr(CsvSource, "batches", watched)
    path = csv_file(tmp_path / "items.csv", [item(item_no=number) for number in range(1, 8)])
    take(
        tmp_path,
        path,
        progress=lambda label, done, total: events.append(f"in lake {content(tmp_path).height}"),
    )
    assert events == ["read 3", "in lake 3", "read 3", "in lake 6", "read 1", "in lake 7"]


def test_outcomes_beside_the_items_are_taken_and_broken_ones_quarantined(tmp_path: Path) -> None:
    results = csv_file(
        tmp_path / "results.csv", [outcome(), outcome(item_no=2, p_physical=0.0, colour="red")]
    )
    report = take(tmp_path, csv_file(tmp_path / "items.csv", [item()]), outcomes=results)
    assert report.outcomes == Counts(rows=2, accepted=1, repeated=0, refused=1)
    assert report.unknown_columns == ("colour",)
    (entry,) = quarantined(tmp_path / "quarantine")
    assert (entry["table"], entry["line"], entry["rule"]) == ("outcomes", 3, "probability_out_of_range")
    assert Lake(tmp_path / "lake").outcomes().collect().height == 1
    assert take(tmp_path, outcomes=results).outcomes.repeated == 1


def test_the_outcome_of_a_refused_row_is_not_taken(tmp_path: Path) -> None:
    lines = [
        "Declaration ID,Date,Office ID,Importer ID,HS6 Code,Country of Origin,Item Price,Fraud",
        "1,2020-01-01,30,A,40890,BE,5,1",
        "2,2020-01-01,30,A,40890,BE,-5,1",
        "3,2020-01-01,30,A,40890,BE,5,9",
        "4,2020-01-01,30,A,40890,BE,5,",
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    report = take(tmp_path, tmp_path / "a.csv", format="kcs")
    assert report.items == Counts(4, 3, 0, 1)
    assert report.outcomes == Counts(2, 1, 0, 1)
    found = {
        (entry["table"], entry["line"], entry["field"]) for entry in quarantined(tmp_path / "quarantine")
    }
    assert found == {("items", 3, "cif"), ("outcomes", 4, "illicit")}


def test_the_report_counts_rules_dates_and_first_digits(tmp_path: Path) -> None:
    rows = [
        item(item_no=1, cif=2000.0, origin_country="ZZ"),
        item(item_no=2, accepted_at="2024-01-15", colour="red"),
        item(item_no=3, cif=-1.0),
        item(item_no=4, accepted_at="2024-02-01"),
    ]
    report = take(tmp_path, csv_file(tmp_path / "items.csv", rows))
    counts = {(rule.rule, rule.level): rule.rows for rule in report.rules}
    assert counts["country_undetermined", "W"] == 1
    assert counts["negative_amount", "E"] == 1
    assert report.unknown_columns == ("colour",)
    assert report.dates == (date(2024, 1, 15), date(2024, 3, 5))
    assert report.first_digits.counts == (2, 1, 0, 0, 0, 0, 0, 0, 0)
    told = json.loads(json.dumps(report.to_json()))
    assert told["items"] == {"rows": 4, "accepted": 3, "repeated": 0, "refused": 1}
    assert told["dates"] == ["2024-01-15", "2024-03-05"]
    assert told["first_digits"]["digits"][0]["observed"] == pytest.approx(2 / 3)
    assert told["first_digits"]["mean_absolute_deviation"] > 0


def test_warnings_go_with_the_row_into_the_lake(tmp_path: Path) -> None:
    take(tmp_path, csv_file(tmp_path / "items.csv", [item(), item(item_no=2, quantity=0)]))
    assert (content(tmp_path)["warnings"] > 0).to_list() == [False, True]


def test_what_came_by_the_api_goes_the_same_road(tmp_path: Path) -> None:
    rows = [item(item_no=1), item(item_no=2, cif="abc"), item(item_no=3, net_kg=-1)]
    reading = from_records(rows)
    report = accept(
        reading.columns,
        unreadable=reading.unreadable,
        lake=Lake(tmp_path / "api" / "lake"),
        quarantine=tmp_path / "api" / "quarantine",
        settings=SMALL,
        now=NOW,
    )
    by_file = take(tmp_path / "file", csv_file(tmp_path / "items.csv", rows))
    assert report.items == by_file.items == Counts(3, 1, 0, 2)
    assert content(tmp_path / "api").equals(content(tmp_path / "file"))
    told = [
        [(entry["line"], entry["rule"]) for entry in quarantined(tmp_path / road / "quarantine")]
        for road in ("api", "file")
    ]
    assert told == [
        [(2, "unreadable_value"), (3, "negative_amount")],
        [(3, "unreadable_value"), (4, "negative_amount")],
    ]


def test_outcomes_that_came_by_the_api_go_into_the_lake(tmp_path: Path) -> None:
    reading = outcomes_from_records([outcome(), outcome(item_no=2, finding="none")])
    report = accept_outcomes(
        reading.columns,
        unreadable=reading.unreadable,
        lake=Lake(tmp_path / "lake"),
        quarantine=tmp_path / "quarantine",
        settings=SMALL,
        now=NOW,
    )
    assert report.outcomes == Counts(2, 1, 0, 1)


def test_an_unknown_format_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError) as caught:
        take(tmp_path, format="canonicle")
    assert "'canonical'" in caught.value.remedy


def test_a_quarantine_that_cannot_be_written_stops_before_the_lake_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quarantine").write_text("in the way")
    with pytest.raises(WriteFailedError) as caught:
        take(tmp_path, csv_file(tmp_path / "items.csv", [item(), item(item_no=2, cif=-1)]))
    assert caught.value.remedy
    assert content(tmp_path).is_empty()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "quarantine").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(quarantine_module.os, "fsync", full)
        with pytest.raises(WriteFailedError, match="No space left"):
            take(tmp_path, csv_file(tmp_path / "bad.csv", [item(cif=-1)]))


def test_a_lake_in_use_is_left_alone(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "items.csv", [item()])
    with only_writer(tmp_path / "lake"), pytest.raises(LakeBusyError):
        take(tmp_path, path)
