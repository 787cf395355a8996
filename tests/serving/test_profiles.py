"""The snapshots that the service has open: checked to the byte before they serve, and few."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from features.columns import Columns, from_records
from features.lmdb_profile_store import FILE, LmdbProfileStore, about_of
from features.profile_store import publish
from features.snapshot import Snapshot
from serving.profiles import Profiles

DAY = date(2024, 7, 1)


@pytest.fixture
def profiles(tmp_path: Path) -> Iterator[Profiles]:
    held = Profiles(tmp_path)
    yield held
    held.close()


def published(root: Path, days: int) -> Path:
    entries = {number.to_bytes(8, "big"): bytes([days]) * 50 for number in range(2_000)}
    return publish(root, Snapshot(DAY + timedelta(days=days), {}, entries))


def item_of(day: date) -> Columns:
    return from_records([{"accepted_at": day.isoformat()}]).columns


def files_open(root: Path) -> int:
    names = [name for name in Path("/proc/self/fd").iterdir() if name.is_symlink()]
    return sum(str(name.readlink()).startswith(str(root)) for name in names)


def test_a_snapshot_with_one_bit_changed_is_refused_and_the_one_before_stays(
    profiles: Profiles, tmp_path: Path
) -> None:
    published(tmp_path, 0)
    assert profiles.look()
    file = published(tmp_path, 1) / FILE
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 1
    file.write_bytes(whole)
    assert profiles.look()
    assert (profiles.as_of, profiles.refused) == (DAY, "the profile store 2024-07-02 is damaged")
    published(tmp_path, 2)
    assert profiles.look()
    assert (profiles.as_of, profiles.refused) == (DAY + timedelta(days=2), None)


def test_files_of_snapshots_out_of_use_are_closed(profiles: Profiles, tmp_path: Path) -> None:
    for days in range(10):
        published(tmp_path, days)
        profiles.look()
    for days in range(10):
        assert profiles.lookup(item_of(DAY + timedelta(days=days)))[1] == DAY + timedelta(days=days)
    assert files_open(tmp_path) <= 5
    profiles.close()


def test_snapshots_made_anew_under_the_same_names_are_taken_for_what_they_are(
    profiles: Profiles, tmp_path: Path
) -> None:
    for days in range(2):
        published(tmp_path, days)
        assert profiles.look()
    earlier = profiles.lookup(item_of(DAY))
    for folder in tmp_path.iterdir():
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    entry = (bytes([1] * 8), b"other")
    for days in range(2):
        publish(tmp_path, Snapshot(DAY + timedelta(days=days), {}, dict([entry])))
    assert profiles.look()
    assert (profiles.as_of, profiles.refused) == (DAY + timedelta(days=1), None)
    for days in range(2):
        assert profiles.lookup(item_of(DAY + timedelta(days=days))).as_of == DAY + timedelta(days=days)
        store = profiles._for_day(DAY + timedelta(days=days))
        assert isinstance(store, LmdbProfileStore)
        assert list(store.scan(b"")) == [entry]
    assert earlier.as_of == DAY


def test_what_was_checked_is_not_read_again_while_it_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = published(tmp_path, 0)
    read: list[Path] = []
    monkeypatch.setattr(
        "features.lmdb_profile_store._sha256", lambda path: read.append(path) or about_of(folder).sha256
    )
    stores = [LmdbProfileStore(folder, checked=True) for _ in range(3)]
    assert len(read) == 1
    for store in stores:
        store.close()
    assert files_open(tmp_path) == 0
