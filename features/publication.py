"""The snapshot of a day: brought up from the newest that still holds, or made anew from the lake."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from features.declaration_lake import DeclarationLake
from features.errors import ProfileStoreError
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


@dataclass(frozen=True)
class Publication:
    """A published snapshot, and how it came about.

    `since` is the day of the snapshot that it was brought up from, None where it was made anew; `reopened`
    the day to which the past had to be opened again, because rows of it came late into the lake. `opened`
    counts the keys that changed, by entity, `amended` and `told` the amendments and outcomes of the days
    between.
    """

    folder: Path
    since: date | None
    reopened: date | None
    opened: dict[str, int]
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

    A snapshot that is damaged, or lies on one that is damaged or gone, is passed over.
    Raises LakeBusyError while another process publishes there, WriteFailedError if the disk takes no more.
    """
    with building(root):
        parts = lake.parts()
        start, reopened = _start(root, lake, parts, day)
        if start is None:
            history = History.of(lake, settings, progress, tables)
            return Publication(publish(root, history.snapshot(day), parts), None, reopened, {})
        with closing(LmdbProfileStore(start)) as store:
            news = advance(store, lake, day, tables)
            folder = publish_advance(root, store, news, parts)
            return Publication(folder, store.as_of, reopened, news.opened, news.amended, news.told)


def _start(root: Path, lake: PartedLake, parts: frozenset[str], day: date) -> tuple[Path | None, date | None]:
    """The newest snapshot that a day can be reached from, and the day to which the past was opened again."""
    reopened: date | None = None
    seen: dict[frozenset[str], date | None] = {}
    for folder, as_of, made_of in _published(root, day):
        new = parts - made_of
        if new not in seen:
            seen[new] = lake.earliest(new)
        earliest = seen[new]
        if (day - as_of).days > LONGEST:
            break
        if earliest is not None and earliest < as_of:
            reopened = earliest
        elif LmdbProfileStore.is_sound(folder):
            return folder, reopened
    return None, reopened


def _published(root: Path, day: date) -> Iterator[tuple[Path, date, frozenset[str]]]:
    """Readable snapshots of days up to `day`, newest first: folder, day, files of the lake."""
    for folder in days_published(root):
        try:
            about = about_of(folder)
        except ProfileStoreError:
            continue
        if about.as_of <= day and about.parts:
            yield folder, about.as_of, frozenset(about.parts)
