"""The store takes each row once, entirely or not at all, and keeps all that was ever known."""

from __future__ import annotations

import errno
import os
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import lake_files
from features.errors import LakeBusyError, UnreadableFileError, WriteFailedError
from features.lake_files import only_writer
from features.reference.kinds import KIND
from features.reference.schema import frame_of, schema_of
from features.reference.store import TOLD, ReferenceStore

TARIFF = KIND["tariff"]


def row(code: str = "610910", rate: float = 11.0, known: int = 1, **more: Any) -> dict[str, Any]:
    said = {"source": "gazette", "licence": "free", "valid_from": date(2024, 1, 1), "withdrawn": 0.0}
    return {
        "hs_code": code,
        "rate_pct": rate,
        "known_from": datetime(2023, 12, known, tzinfo=UTC),
        **said,
        **more,
    }


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return frame_of(TARIFF, rows)


def files(root: Path) -> set[str]:
    every = (path for path in root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(root)) for path in every}


def test_a_table_that_nobody_filled_has_its_columns_and_no_rows(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    assert dict(store.rows(TARIFF).schema) == schema_of(TARIFF)
    assert store.table(TARIFF).frame.is_empty()
    assert store.append(TARIFF, frame()).added == 0
    assert files(tmp_path) == set()


def test_the_same_rows_twice_add_nothing_wherever_they_come_from(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    assert store.append(TARIFF, frame(row(), row("640411"))).added == 2
    before = files(tmp_path), store.fingerprint(TARIFF)
    again = store.append(TARIFF, frame(row(source="copy", licence="other"), row("640411"), row("640411")))
    assert (again.added, again.repeated, again.refused.height) == (0, 3, 0)
    assert (files(tmp_path), store.fingerprint(TARIFF)) == before


def test_a_later_known_row_stands_beside_the_one_it_corrects(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    for one in (row(known=1), row(rate=6.0, known=5), row(rate=6.0, known=9, withdrawn=1.0)):
        assert store.append(TARIFF, frame(one)).added == 1
    assert store.rows(TARIFF)["rate_pct"].to_list() == [11.0, 6.0, 6.0]


def test_the_same_row_with_other_content_is_refused_with_what_it_came_with(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    store.append(TARIFF, frame(row()))
    given = frame(row(rate=12.0), row("640411"), row("640411", rate=1.0)).with_row_index("row")
    appended = store.append(TARIFF, given)
    assert (appended.added, appended.repeated) == (1, 0)
    assert appended.refused["row"].to_list() == [0, 2]


def test_a_row_that_says_again_what_is_known_adds_nothing_unless_it_says_when_it_was_known(
    tmp_path: Path,
) -> None:
    store = ReferenceStore(tmp_path)
    store.append(TARIFF, frame(row(known=1)))
    assert store.append(TARIFF, frame(row(known=9)).with_columns(pl.lit(False).alias(TOLD))).repeated == 1
    assert (
        store.append(TARIFF, frame(row(known=9, rate=1.0)).with_columns(pl.lit(False).alias(TOLD))).added == 1
    )
    assert store.append(TARIFF, frame(row(known=10)).with_columns(pl.lit(False).alias(TOLD))).added == 1
    assert store.append(TARIFF, frame(row(known=5))).added == 1


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_order_and_parts_do_not_matter(data: st.DataObject) -> None:
    one = st.builds(row, st.sampled_from(["610910", "640411"]), st.just(1.0), st.integers(1, 5))
    rows = data.draw(st.lists(one, min_size=1, max_size=8))
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    with TemporaryDirectory() as folder:
        whole, parts = ReferenceStore(Path(folder) / "whole"), ReferenceStore(Path(folder) / "parts")
        whole.append(TARIFF, frame(*rows))
        parts.append(TARIFF, frame(*shuffled[:cut]))
        parts.append(TARIFF, frame(*shuffled[cut:]))
        assert whole.fingerprint(TARIFF) == parts.fingerprint(TARIFF)
        assert whole.rows(TARIFF).height == len({(each["hs_code"], each["known_from"]) for each in rows})


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    with only_writer(tmp_path), pytest.raises(LakeBusyError):
        store.append(TARIFF, frame(row()))


def test_a_full_disk_leaves_the_table_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ReferenceStore(tmp_path)
    store.append(TARIFF, frame(row()))
    before = files(tmp_path)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(lake_files.os, "fsync", full)
        with pytest.raises(WriteFailedError):
            store.append(TARIFF, frame(row("640411")))
    assert files(tmp_path) == before
    assert store.append(TARIFF, frame(row("640411"))).added == 1


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    store.append(TARIFF, frame(row()))
    left = tmp_path / "tariff" / "parts" / "left.parquet"
    left.write_bytes(b"half")
    store.append(TARIFF, frame(row("640411")))
    assert not left.exists()
    assert store.rows(TARIFF).height == 2


def test_a_damaged_list_of_files_is_told(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    store.append(TARIFF, frame(row()))
    (tmp_path / "tariff" / "manifest.json").write_text("{")
    with pytest.raises(UnreadableFileError, match="tariff"):
        store.rows(TARIFF)
