"""The store takes each row once, entirely or not at all, and keeps all that was ever known."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import lake_files
from features.errors import LakeBusyError, WriteFailedError
from features.lake_files import only_writer
from features.lake_manifest import Part
from features.reference import store as reference_store
from features.reference.errors import DamagedTableError
from features.reference.kinds import KIND
from features.reference.part_file import write_part
from features.reference.schema import frame_of, schema_of
from features.reference.store import TOLD, Extent, ReferenceStore

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


def test_what_a_table_is_now_is_told_by_rows_newest_known_day_and_fingerprint(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path)
    assert store.extent(TARIFF) is None
    store.append(TARIFF, frame(row(known=3), row("640411")))
    assert store.extent(TARIFF) == Extent(2, date(2023, 12, 3), store.fingerprint(TARIFF))


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


def filled(root: Path) -> tuple[ReferenceStore, Path]:
    """A table of two parts, and the file of the first."""
    store = ReferenceStore(root)
    store.append(TARIFF, frame(row()))
    (first,) = (root / "tariff" / "parts").glob("*.parquet")
    store.append(TARIFF, frame(row("640411")))
    return store, first


def rewritten(path: Path) -> None:
    """The same rows at another rate, under the same name."""
    pl.read_parquet(path).with_columns(pl.lit(0.5).alias("rate_pct")).write_parquet(path)


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("damage", [rewritten, flipped, cut, Path.unlink])
def test_a_part_that_is_not_to_the_byte_what_was_written_is_refused_by_name(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    store, part = filled(tmp_path)
    damage(part)
    for use in (store.rows, store.table, store.fingerprint, lambda kind: store.append(kind, frame(row()))):
        with pytest.raises(DamagedTableError, match=f"tariff is damaged: parts/{part.name} is") as refused:
            use(TARIFF)
        assert "tariff from a copy; or remove it and add the table's files again" in refused.value.remedy
    assert store.rows(KIND["companies"]).is_empty()


def gone(manifest: Path) -> str:
    manifest.unlink()
    return "is gone"


def broken(manifest: Path) -> str:
    manifest.write_text("{")
    return "cannot be read"


def miscounted(manifest: Path) -> str:
    manifest.write_text(manifest.read_text().replace('"rows": 1', '"rows": 2', 1))
    return "has not the rows"


def unnamed(manifest: Path) -> str:
    manifest.write_text('{"parts": [{"path": 5, "rows": 1}]}')
    return "5 cannot be read"


@pytest.mark.parametrize("damage", [gone, broken, miscounted, unnamed])
def test_a_list_of_files_that_is_damaged_or_gone_is_told(
    damage: Callable[[Path], str], tmp_path: Path
) -> None:
    store, part = filled(tmp_path)
    told = damage(tmp_path / "tariff" / "manifest.json")
    for use in (store.rows, lambda kind: store.append(kind, frame(row()))):
        with pytest.raises(DamagedTableError, match=f"tariff is damaged: .*{told}"):
            use(TARIFF)
    assert part.exists()


def test_a_writer_killed_before_its_first_list_leaves_a_table_without_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(folder: Path, rows: pl.DataFrame) -> Part:
        write_part(folder, rows)
        raise KeyboardInterrupt

    store = ReferenceStore(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(reference_store, "write_part", killed)
        with pytest.raises(KeyboardInterrupt):
            store.append(TARIFF, frame(row()))
    assert store.rows(TARIFF).is_empty()
    assert store.append(TARIFF, frame(row())).added == 1
