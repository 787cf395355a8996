"""The snapshot of a day: brought up from the newest that still holds, or made anew from the lake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from features.declaration_lake import DeclarationLake
from features.errors import ProfileStoreDamagedError, ProfileStoreError
from features.history.advance import advance
from features.history.history import History
from features.history.settings import HistorySettings
from features.history.sweep import Progress, silent
from features.lmdb_profile_store import LmdbProfileStore, about_of
from features.profile_store import building, days_published, publish, publish_advance
from features.reference.tables import NO_TABLES, Tables

LONGEST = 45
"""Days of a lake beyond which it is quicker to make a snapshot anew."""


class PartedLake(DeclarationLake, Protocol):
    """What is needed of the lake."""

    def parts(self) -> frozenset[str]:
        """Names of the files that hold the rows; a file never changes."""

    def earliest(self, parts: frozenset[str]) -> date | None:
        """The earliest day on which a row of some files came to be known and to count."""

    def check(self, parts: Iterable[str] | None = None) -> None:
        """Raise UnreadableFileError if a file, of all or of some, is not to the byte what was written."""


@dataclass(frozen=True)
class Publication:
    """A published snapshot, and how it came about.

    `since` is the day of the snapshot that it was brought up from, None where it was made anew; `reopened`
    the day to which the past had to be opened again, because rows of it came late into the lake. `opened`
    counts the keys that changed, by entity; `damaged` is the day of the newest snapshot that was passed over,
    for it, or one that it lies on, is damaged or gone; `amended` and `told` the amendments and outcomes of
    the days between.
    """

    folder: Path
    since: date | None
    reopened: date | None
    opened: dict[str, int]
    damaged: date | None = None
    amended: int = 0
    told: int = 0


def publish_day(
    root: Path,
    lake: PartedLake,
    day: date,
    settings: HistorySettings | None = None,
    progress: Progress = silent,
    *,
    tables: Tables = NO_TABLES,
) -> Publication:
    """Publish the snapshot as of `day` of a lake and of reference tables below `root`.

    It has the same bytes whichever way it comes about.

    A snapshot that is damaged, or lies on one that is damaged or gone, is passed over. Files of the lake that
    came since the one that is built upon, or all, are held to what was written.
    Raises UnreadableFileError for one that is damaged, LakeBusyError while another process publishes there,
    WriteFailedError if the disk takes no more.
    """
    with building(root):
        parts = lake.parts()
        found = _start(root, lake, parts, day)
        lake.check(parts - found.made_of)
        if found.folder is None:
            history = History.of(lake, settings, progress, tables)
            folder = publish(root, history.snapshot(day), parts)
            return Publication(folder, None, found.reopened, {}, found.damaged)
        with closing(LmdbProfileStore(found.folder)) as store:
            news = advance(store, lake, day, tables)
            folder = publish_advance(root, store, news, parts)
            since, reopened, damaged = store.as_of, found.reopened, found.damaged
            return Publication(folder, since, reopened, news.opened, damaged, news.amended, news.told)


class _Start(NamedTuple):
    """The newest snapshot that a day can be reached from, its files, and why newer ones were not taken."""

    folder: Path | None
    made_of: frozenset[str]
    reopened: date | None
    damaged: date | None


def _start(root: Path, lake: PartedLake, parts: frozenset[str], day: date) -> _Start:
    """Find where to begin: what a damaged snapshot was made of did not come late."""
    reopened: date | None = None
    damaged: date | None = None
    known: frozenset[str] = frozenset()
    earliest = cache(lake.earliest)
    for folder, as_of, made_of in _published(root, day):
        if (day - as_of).days > LONGEST:
            break
        first = earliest(parts - made_of) if made_of is not None else None
        if first is not None and first < as_of:
            late = earliest(parts - made_of - known) if made_of is not None else None
            reopened = late if late is not None and late < as_of else reopened
        elif made_of is not None and LmdbProfileStore.is_sound(folder):
            return _Start(folder, made_of, reopened, damaged)
        else:
            damaged, known = damaged or as_of, known | (parts if made_of is None else made_of)
    return _Start(None, frozenset(), reopened, damaged)


def _published(root: Path, day: date) -> Iterator[tuple[Path, date, frozenset[str] | None]]:
    """Snapshots of this release of days up to `day`, newest first: folder, day, files of the lake.

    The files are None where a damaged one does not say them.
    """
    for folder in days_published(root):
        as_of = date.fromisoformat(folder.name.partition(".")[0])
        try:
            about = about_of(folder)
        except ProfileStoreDamagedError:
            if as_of <= day:
                yield folder, as_of, None
        except ProfileStoreError:
            continue
        else:
            if about.as_of <= day and about.parts:
                yield folder, about.as_of, frozenset(about.parts)
