"""The profile store in LMDB: one file that readers map into memory, written once and never changed."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import lmdb

from features.columns import Columns
from features.encoding import FORMAT, stamp
from features.errors import ProfileStoreError, WriteFailedError
from features.snapshot import Snapshot, look_up

FILE, ABOUT = "profiles.lmdb", "about.json"
"""The store within its folder, and its stamp beside it."""

_PAGE = 4096
_REMEDY = "run `tamiz advance` to write the snapshot again"


class LmdbProfileStore:
    """A published snapshot, opened for reading; any number of threads may look up at once.

    LMDB lets one process open a file once at a time: close the store before the same folder is opened again.

    >>> import tempfile
    >>> from features.columns import from_records
    >>> with tempfile.TemporaryDirectory() as root:
    ...     write(Path(root) / "day", Snapshot(date(2024, 3, 1), {}))
    ...     store = LmdbProfileStore(Path(root) / "day")
    ...     store.as_of, store.lookup(from_records([{}]).columns)["importer.last_day"]
    ...     store.close()
    (datetime.date(2024, 3, 1), array([-1]))
    """

    def __init__(self, folder: Path) -> None:
        """Open the store of a folder.

        ProfileStoreError if it is absent or damaged, or if its values have other names or meanings than those
        of this release.
        """
        about = _about(folder)
        if about is None or not _is_whole(folder, about):
            raise ProfileStoreError(f"the profile store {folder.name} is absent or damaged", remedy=_REMEDY)
        if (about["stamp"], about["format"]) != (stamp(), FORMAT):
            raise ProfileStoreError(
                f"the profile store {folder.name} holds other history values than this release",
                remedy=_REMEDY,
            )
        self._environment = _open(folder)
        self._as_of = date.fromisoformat(about["as_of"])
        self._identity = str(about["identity"])

    @property
    def as_of(self) -> date:
        """The day as of which all values are."""
        return self._as_of

    @property
    def identity(self) -> str:
        """Digest of the day, of the names and of all values, as written."""
        return self._identity

    def lookup(self, columns: Columns) -> Columns:
        """Give the history values (`HISTORY_NAMES`, int64) of each row, in one read transaction."""
        with self._environment.begin() as transaction:
            return look_up(transaction.get, columns)

    def close(self) -> None:
        """Close the file; to close twice is allowed."""
        self._environment.close()

    @staticmethod
    def identity_of(folder: Path) -> str | None:
        """Give the identity that a folder is stamped with, None if it holds none of this release."""
        about = _about(folder)
        return str(about["identity"]) if about and about["stamp"] == stamp() else None


def write(folder: Path, snapshot: Snapshot) -> None:
    """Write a snapshot as the new folder `folder`: whole and on the disk, or not at all."""
    draft = folder.parent / f".{folder.name}-{uuid4().hex}"
    try:
        draft.mkdir(parents=True)
        _fill(draft / FILE, snapshot)
        about = {
            "as_of": snapshot.as_of.isoformat(),
            "bytes": (draft / FILE).stat().st_size,
            "format": FORMAT,
            "identity": snapshot.identity,
            "keys": len(snapshot.packed),
            "stamp": stamp(),
        }
        (draft / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        for path in (draft / FILE, draft / ABOUT, draft):
            to_disk(path)
        draft.rename(folder)
        to_disk(folder.parent)
    except (OSError, lmdb.Error) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise WriteFailedError(
            f"the snapshot {folder.name} could not be written", remedy="free the disk, then run it again"
        ) from error


def to_disk(path: Path) -> None:
    """Make sure that a file, or the entries of a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fill(path: Path, snapshot: Snapshot) -> None:
    packed = snapshot.packed
    held = sum(len(key) + len(value) + 64 for key, value in packed.items())
    size = (2 * held // _PAGE + 1_024) * _PAGE
    with closing(lmdb.open(str(path), subdir=False, map_size=size, lock=False, sync=False)) as environment:
        with environment.begin(write=True) as transaction:
            transaction.cursor().putmulti(sorted(packed.items()), append=True)
        environment.sync(force=True)


def _open(folder: Path) -> Any:
    try:
        return lmdb.open(
            str(folder / FILE),
            subdir=False,
            readonly=True,
            lock=False,
            create=False,
            readahead=False,
            max_spare_txns=8,
        )
    except lmdb.Error as error:
        raise ProfileStoreError(
            f"the profile store {folder.name} cannot be opened", remedy=_REMEDY
        ) from error


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    needed = {"as_of", "bytes", "format", "identity", "stamp"}
    return about if isinstance(about, dict) and needed <= about.keys() else None


def _is_whole(folder: Path, about: dict[str, Any]) -> bool:
    """False for a file cut short: to read past its end would kill the process, not raise."""
    try:
        return bool((folder / FILE).stat().st_size == about["bytes"])
    except OSError:
        return False
