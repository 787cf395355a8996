"""Where the service finds history values: a store stamped with its day, and the folder of published ones."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Protocol

from features.columns import Columns, Values
from features.encoding import identity_of
from features.errors import ProfileStoreError
from features.history.advance import Advance
from features.lake_files import only_writer, write_whole
from features.lmdb_profile_store import LmdbProfileStore, write, write_layer
from features.reference.source import Sources
from features.snapshot import Snapshot

POINTER = "current"
"""File that names the folder of the snapshot in use."""

_NAME = re.compile(r"\d{4}-\d\d-\d\d(\.\d+)?")


class ProfileStore(Protocol):
    """History values of every key as of a day. `features.snapshot.Snapshot` is one in memory."""

    @property
    def as_of(self) -> date:
        """The day as of which all values are."""

    @property
    def identity(self) -> str:
        """Digest of the day, of the names and of all values; equal stores have the same, of whatever kind."""

    @property
    def sources(self) -> Sources:
        """Sources of the reference values, by the numbers that these name."""

    def lookup(self, columns: Columns) -> Values:
        """Give the history and reference values (`KNOWN_NAMES`, int64) of each row.

        They are those of the unseen where a key is new, and MISSING where the tables say nothing.
        """

    def close(self) -> None:
        """Let go of what the store holds open."""


def publish(root: Path, snapshot: Snapshot, parts: Iterable[str] = ()) -> Path:
    """Write the snapshot below `root` and make it the current one; give its folder.

    The folder is named after the day. A snapshot that is there already is not written again; another one of
    the same day stands beside the first (`2024-03-01.2`), so that nothing is pulled from under a reader and
    old decisions can be replayed; so does one in the place of a damaged one. `parts` are the files of the
    lake that it was made of.
    """
    return _publish(root, snapshot, lambda folder: write(folder, snapshot, parts))


def publish_advance(root: Path, below: LmdbProfileStore, advance: Advance, parts: Iterable[str] = ()) -> Path:
    """Publish what an advance makes of the snapshot below, as `publish` does."""
    return _publish(root, advance, lambda folder: write_layer(folder, below, advance, parts))


@contextmanager
def building(root: Path) -> Iterator[None]:
    """Hold the folder as the only one who publishes; what a killed one left half written is removed.

    LakeBusyError while another process does.
    """
    with only_writer(root, "these snapshots"):
        for draft in root.glob(".*-*"):
            shutil.rmtree(draft, ignore_errors=True) if draft.is_dir() else draft.unlink(missing_ok=True)
        yield


def days_published(root: Path) -> list[Path]:
    """Give the folders of all snapshots, the newest day first."""
    folders = [path for path in root.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    return sorted(folders, key=_day_and_number, reverse=True)


def newest_published(root: Path) -> date | None:
    """Give the newest day of which there is a snapshot, readable or not; None where there is none."""
    folders = days_published(root) if root.is_dir() else []
    return date.fromisoformat(_day_and_number(folders[0])[0]) if folders else None


def current(root: Path) -> Path:
    """Give the folder of the current snapshot; ProfileStoreError if there is none."""
    try:
        folder = root / (root / POINTER).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileStoreError("there is no current snapshot", remedy="run `tamiz advance`") from error
    if not folder.is_dir() or folder.parent != root:
        raise ProfileStoreError("the current snapshot is not there", remedy="run `tamiz advance`")
    return folder


def of_day(root: Path, day: date) -> Path | None:
    """Give the newest snapshot as of `day`, None if there is none.

    An amendment is judged as of the customs_date of version 1: the snapshot of that day has not yet seen it.
    """
    return next(iter(all_of_day(root, day)), None)


def all_of_day(root: Path, day: date) -> list[Path]:
    """Give every snapshot as of `day`, the newest first."""
    return _of_day(root, day)[::-1]


def _name(day: date, number: int) -> str:
    return day.isoformat() if number == 1 else f"{day.isoformat()}.{number}"


def _of_day(root: Path, day: date) -> list[Path]:
    folders: list[Path] = []
    while (folder := root / _name(day, len(folders) + 1)).is_dir():
        folders.append(folder)
    return folders


def _publish(root: Path, made: Snapshot | Advance, write_it: Callable[[Path], None]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    identity = identity_of(made.as_of, made.begun, made.weight)
    there = _of_day(root, made.as_of)
    same = [each for each in there if LmdbProfileStore.identity_of(each) == identity]
    folder = next(filter(LmdbProfileStore.is_sound, same), None)
    if folder is None:
        folder = root / _name(made.as_of, len(there) + 1)
        write_it(folder)
    write_whole(root / POINTER, f"{folder.name}\n".encode("ascii"))
    return folder


def _day_and_number(folder: Path) -> tuple[str, int]:
    day, _, number = folder.name.partition(".")
    return day, int(number or 1)
