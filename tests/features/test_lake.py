"""The lake takes each row once, in any order, entirely or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import lake_files, lake_table
from features.columns import SCHEMA, from_records, to_frame
from features.errors import LakeBusyError, UnreadableFileError, WriteFailedError
from features.lake import Lake
from features.lake_files import only_writer
from features.outcome_columns import OUTCOME_SCHEMA, outcomes_from_records, outcomes_to_frame
from features.publication import publish_day
from tests.features.intake_examples import item, outcome

KEY = ["declaration_id", "item_no", "version"]


def frame(*items: dict[str, Any]) -> pl.DataFrame:
    return to_frame(from_records(items).columns)


def outcome_frame(*outcomes: dict[str, Any]) -> pl.DataFrame:
    return outcomes_to_frame(outcomes_from_records(outcomes).columns)


def content(lake: Lake) -> pl.DataFrame:
    return lake.items().collect().sort(KEY)


def files(root: Path) -> set[str]:
    return {
        str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != ".lock"
    }


def test_an_empty_lake_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    assert dict(lake.items().collect_schema()) == SCHEMA
    assert dict(lake.outcomes().collect_schema()) == OUTCOME_SCHEMA
    assert content(lake).is_empty()
    assert lake.fingerprint() == Lake(tmp_path / "other").fingerprint()
    assert lake.append_items(frame()).added == 0


def test_it_names_the_months_that_hold_items(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.months() == []
    days = ("2024-12-31", "2024-02-29", "2024-02-01")
    lake.append_items(frame(*(item(item_no=no, accepted_at=day) for no, day in enumerate(days, start=1))))
    assert lake.months() == [
        (date(2024, 2, 1), date(2024, 3, 1)),
        (date(2024, 12, 1), date(2025, 1, 1)),
    ]
    assert sum(lake.items(*month).collect().height for month in lake.months()) == len(days)


def test_the_same_rows_twice_add_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    rows = frame(item(), item(item_no=2, brand=None, cif=None))
    assert lake.append_items(rows).added == 2
    before = files(tmp_path), lake.fingerprint()
    again = lake.append_items(rows)
    assert (again.added, again.repeated, again.refused.height) == (0, 2, 0)
    assert (files(tmp_path), lake.fingerprint()) == before


def test_the_same_key_with_other_content_is_refused_with_what_it_came_with(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append_items(frame(item(), item(item_no=2)))
    rows = frame(item(cif=1.0), item(item_no=2), item(item_no=3), item(item_no=3, brand="other"))
    said = lake.append_items(rows.with_columns(pl.Series("row", [10, 11, 12, 13])))
    assert (said.added, said.repeated) == (1, 1)
    assert said.refused["row"].to_list() == [10, 13]
    assert content(lake)["cif"].to_list() == [10000.0] * 3


def test_rows_of_a_conflicting_key_are_judged_by_the_lake_not_by_each_other(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append_items(frame(item()))
    said = lake.append_items(frame(item(cif=1.0), item(), item(cif=1.0)))
    assert (said.added, said.repeated, said.refused.height) == (0, 1, 2)


def test_files_lie_by_month_of_customs_date_and_periods_are_half_open(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    days = ["2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01"]
    lake.append_items(frame(*(item(item_no=n, accepted_at=day) for n, day in enumerate(days, 1))))
    assert {path.parent.name for path in tmp_path.glob("items/*/*.parquet")} == {
        "2024-01",
        "2024-02",
        "2024-03",
    }
    taken = lake.items(date(2024, 2, 1), date(2024, 3, 1)).collect()
    assert sorted(taken["item_no"]) == [2, 3]
    assert sorted(lake.items(until=date(2024, 2, 1)).collect()["item_no"]) == [1]
    assert sorted(lake.items(since=date(2024, 2, 29)).collect()["item_no"]) == [3, 4]


def test_rows_of_a_file_lie_by_days_in_groups_so_that_a_reader_passes_over_other_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_table, "_TOGETHER", 4)
    lake = Lake(tmp_path / "lake")
    days = [f"2024-01-{1 + 7 * number % 20:02d}" for number in range(20)]
    lake.append_items(
        frame(*(item(declaration_id=f"D-{number}", accepted_at=day) for number, day in enumerate(days)))
    )
    (path,) = (tmp_path / "lake").rglob("*.parquet")
    metadata = pq.ParquetFile(path).metadata
    column = metadata.schema.names.index("customs_date")
    groups = [metadata.row_group(number).column(column).statistics for number in range(5)]
    assert metadata.num_row_groups == len(groups)
    assert all(one.max < other.min for one, other in pairwise(groups))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_amendments_have_the_customs_date_of_version_1_whatever_comes_first(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    versions = [
        item(version=1, accepted_at="2024-01-31"),
        item(version=2, accepted_at="2024-02-20", cif=11000.0),
        item(version=3, accepted_at="2024-04-01", item_no=2),
    ]
    lake = Lake(tmp_path)
    for place in order:
        lake.append_items(frame(versions[place]))
    rows = content(lake)
    assert rows["customs_date"].to_list() == [date(2024, 1, 31)] * 3
    assert set(rows["known_date"]) == {date(2024, 3, 5)}
    again = lake.append_items(frame(*versions))
    assert (again.added, again.repeated) == (0, 3)


ROWS = st.builds(
    lambda declaration, number, version, day: item(
        declaration_id=f"D{declaration}", item_no=number, version=version, accepted_at=day, cif=float(version)
    ),
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from(["2024-01-05", "2024-02-06", "2024-02-07", "2024-05-01"]),
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(ROWS, min_size=1, max_size=8, unique_by=lambda row: tuple(row[name] for name in KEY)), st.data()
)
def test_the_order_of_arrival_does_not_change_the_content(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    shuffled: Sequence[dict[str, Any]] = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    with TemporaryDirectory() as folder:
        one, other = Lake(Path(folder) / "one"), Lake(Path(folder) / "other")
        one.append_items(frame(*rows))
        for part in (shuffled[:cut], shuffled[cut:], shuffled[:2]):
            other.append_items(frame(*part))
        assert content(one).equals(content(other))
        assert one.fingerprint() == other.fingerprint()


def test_a_row_that_came_to_be_known_again_is_a_repetition_and_the_first_stands(tmp_path: Path) -> None:
    lake, later = Lake(tmp_path / "lake"), item(known_at="2024-03-06")
    lake.append_items(frame(item()))
    before = lake.fingerprint()
    told = lake.append_items(frame(later, item(known_at="2024-03-07", cif=1.0), item(item_no=9), later))
    assert (told.added, told.repeated, told.refused["cif"].to_list()) == (1, 2, [1.0])
    apart = Lake(tmp_path / "apart")
    apart.append_items(frame(item(), later, item(item_no=9)))
    assert content(apart).equals(content(lake))
    assert lake.fingerprint() == apart.fingerprint() != before


def test_the_fingerprint_tells_other_content(tmp_path: Path) -> None:
    prints = set()
    for number, row in enumerate([item(), item(cif=10000.01), item(brand=None), item(known_at="2024-03-06")]):
        lake = Lake(tmp_path / str(number))
        lake.append_items(frame(row))
        prints.add(lake.fingerprint())
    assert len(prints) == 4


def test_an_amendment_has_the_date_of_a_first_version_that_stands_in_an_earlier_lake_alone(
    tmp_path: Path,
) -> None:
    earlier, lake = Lake(tmp_path / "earlier"), Lake(tmp_path / "lake", earlier=[Lake(tmp_path / "earlier")])
    earlier.append_items(
        frame(item(accepted_at="2024-01-31"), item(declaration_id="own", accepted_at="2024-01-31"))
    )
    lake.append_items(frame(item(accepted_at="2024-03-05", version=2)))
    lake.append_items(frame(item(accepted_at="2024-03-09", version=3)))
    own = [item(declaration_id="own", version=number, accepted_at=f"2024-02-0{number}") for number in (1, 2)]
    lake.append_items(frame(*own))
    days = content(lake).select("declaration_id", "version", "customs_date").rows()
    assert [day for name, _, day in days if name != "own"] == [date(2024, 1, 31)] * 2
    assert [day for name, _, day in days if name == "own"] == [date(2024, 2, 1)] * 2


def test_outcomes_are_kept_with_all_their_versions(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert lake.append_outcomes(outcome_frame(outcome(), outcome(version=2, withdrawn=True))).added == 2
    assert lake.append_outcomes(outcome_frame(outcome(additional_revenue=1.0))).refused.height == 1
    assert lake.append_outcomes(outcome_frame(outcome())).repeated == 1
    rows = lake.outcomes().collect().sort("version")
    assert rows["withdrawn"].to_list() == [0.0, 1.0]
    assert rows["known_date"].to_list() == [date(2024, 3, 12)] * 2


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_full_disk_changes_nothing_and_the_append_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    lake = Lake(tmp_path)
    lake.append_items(frame(item(version=2, accepted_at="2024-04-01")))
    before = files(tmp_path), content(lake)
    calls = 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    rows = frame(item(version=1, accepted_at="2024-01-31"), item(declaration_id="D2"))
    with monkeypatch.context() as patch:
        patch.setattr(lake_files.os, "fsync", full)
        with pytest.raises(WriteFailedError, match="No space left") as caught:
            lake.append_items(rows)
    assert caught.value.remedy
    assert caught.value.exit_status == 1
    assert files(tmp_path) == before[0]
    assert content(lake).equals(before[1])
    assert lake.append_items(rows).added == 2
    assert sorted(content(lake)["customs_date"]) == [date(2024, 1, 31), date(2024, 1, 31), date(2024, 3, 5)]


def test_what_a_killed_writer_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    lake.append_items(frame(item()))
    before = files(tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lake_table, "write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            lake.append_items(frame(item(item_no=2)))
    (tmp_path / "items" / "2024-03" / "x.parquet.partial").write_bytes(b"half")
    assert len(files(tmp_path)) == len(before) + 2
    assert content(lake).height == 1
    assert Lake(tmp_path).append_items(frame(item())).repeated == 1
    assert files(tmp_path) == before


def test_a_second_writer_is_turned_away(tmp_path: Path) -> None:
    with only_writer(tmp_path), pytest.raises(LakeBusyError) as caught:
        Lake(tmp_path).append_items(frame(item()))
    assert caught.value.remedy
    assert Lake(tmp_path).append_items(frame(item())).added == 1


def test_a_place_that_cannot_be_written_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WriteFailedError):
        Lake(tmp_path / "file" / "lake").append_items(frame(item()))


def test_a_damaged_list_of_files_is_an_error_with_its_remedy(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append_items(frame(item()))
    (tmp_path / "items" / "manifest.json").write_text("{")
    with pytest.raises(UnreadableFileError):
        lake.items()


def test_a_damaged_page_of_any_column_is_named_when_it_is_read_and_nothing_is_added(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    goods = item(accepted_at="2024-03-05", version=2, description="zapatos " * 50)
    lake.append_items(frame(goods))
    (file,) = (tmp_path / "items").rglob("*.parquet")
    garble(file, "description")
    there = files(tmp_path)
    with pytest.raises(UnreadableFileError) as caught:
        lake.append_items(frame(goods | {"accepted_at": "2024-01-31", "version": 1}))
    assert "restore the lake" in caught.value.remedy
    assert files(tmp_path) == there
    with pytest.raises(UnreadableFileError):
        publish_day(tmp_path / "snapshots", lake, date(2024, 4, 1))
    assert not list((tmp_path / "snapshots").glob("[!.]*"))


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_changed_bit_anywhere_in_a_file_is_found_before_a_history_is_made_of_it(
    place: float, bit: int
) -> None:
    with TemporaryDirectory() as name:
        lake = Lake(Path(name) / "lake")
        lake.append_items(frame(*(item(declaration_id=f"D{n}", accepted_at="2024-03-05") for n in range(9))))
        publish_day(Path(name) / "snapshots", lake, date(2024, 3, 7))
        (before,) = lake.root.rglob("*.parquet")
        lake.append_items(frame(item(declaration_id="new", accepted_at="2024-03-08")))
        (new,) = set(lake.root.rglob("*.parquet")) - {before}
        for file, day, root in ((new, date(2024, 3, 9), "snapshots"), (before, date(2024, 3, 9), "anew")):
            whole = file.read_bytes()
            at = int(place * len(whole))
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            with pytest.raises(UnreadableFileError, match="is damaged or gone"):
                publish_day(Path(name) / root, lake, day)
            with pytest.raises(UnreadableFileError, match=f"items/2024-03/{file.name}"):
                lake.check()
            file.write_bytes(whole)
        lake.check()


def test_a_file_that_a_writer_replaced_is_not_taken_for_damaged(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append_items(frame(item(accepted_at="2024-03-05", version=2)))
    before = lake.parts()
    lake.append_items(frame(item(accepted_at="2024-01-31")))
    with lake.writing():
        lake.check(before)
    assert not [part for part in before if (tmp_path / part).exists()]
    gone = min(lake.parts())
    (tmp_path / gone).unlink()
    with pytest.raises(UnreadableFileError, match=gone):
        lake.check()


def garble(file: Path, column: str) -> None:
    """Write noise over the values of a column; the rest stays readable."""
    group = pq.ParquetFile(file).metadata.row_group(0)
    chunk = next(
        each for each in map(group.column, range(group.num_columns)) if each.path_in_schema == column
    )
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    whole = bytearray(file.read_bytes())
    whole[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    file.write_bytes(whole)
