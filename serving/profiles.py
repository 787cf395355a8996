"""History and reference values for a declaration: of the snapshot of its day, else the current one."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from features.columns import Columns, Values
from features.errors import ProfileStoreError, ProfileStoreMovedError
from features.lmdb_profile_store import FILE, LmdbProfileStore, Mark, mark_of
from features.profile_settings import ProfileSettings
from features.profile_store import POINTER, ProfileStore, current, of_day
from features.redis_profile_store import RedisProfileStore
from features.reference.source import NO_SOURCES, Sources
from features.snapshot import Snapshot
from serving.mirrored import Mirrored
from serving.watched import Watched

_EPOCH = date(1970, 1, 1)
_MOST_OPEN = 4
_NOBODY = Snapshot(_EPOCH, {})


class Known(NamedTuple):
    """Values of a declaration's rows, the day of which they are, None for none, and the sources."""

    values: Values
    as_of: date | None
    sources: Sources


def nobody(columns: Columns) -> Known:
    """Give the values of parties and goods that were never seen, without any table.

    >>> from features.columns import from_records
    >>> nobody(from_records([{"importer_id": "I"}]).columns).values["importer.items"]
    array([0])
    """
    return Known(_NOBODY.lookup(columns), None, NO_SOURCES)


class Profiles:
    """The published snapshots below `root`; the current one is swapped when another is published.

    With the URL of a Redis in the settings the current one is what that holds.
    """

    def __init__(self, root: Path, settings: ProfileSettings | None = None) -> None:
        self._root = root
        self._lock = threading.RLock()
        self._open: dict[Mark, ProfileStore] = {}
        self._current: Watched[ProfileStore] | Mirrored
        if settings and settings.url:
            url = settings.url.get_secret_value()
            self._current = Mirrored(partial(RedisProfileStore, url, settings.seconds))
        else:
            self._current = Watched((root / POINTER,), self._newest)

    @property
    def as_of(self) -> date | None:
        """The day of the current snapshot, None if there is none."""
        store = self._current.value
        return store.as_of if store else None

    @property
    def refused(self) -> str | None:
        """Why the newest snapshot is not at work."""
        return self._current.refused

    def look(self) -> bool:
        """Take the current snapshot if it is another one; True if something changed."""
        return self._current.look()

    def lookup(self, columns: Columns) -> Known:
        """Give the history and reference values of one declaration's rows, and the day of which they are.

        Without any snapshot they are those of parties that were never seen, of no day. What the store raises
        is passed on; where it only moved on, the next is taken at once.
        """
        try:
            return self._lookup(columns)
        except ProfileStoreMovedError:
            self._current.look()
            return self._lookup(columns)

    def close(self) -> None:
        """Let go of every snapshot."""
        if isinstance(self._current, Mirrored) and self._current.value:
            self._current.value.close()
        for store in self._open.values():
            store.close()
        self._open.clear()

    def _lookup(self, columns: Columns) -> Known:
        store = self._for_day(_EPOCH + timedelta(days=int(columns["customs_date"][0])))
        try:
            return Known(store.lookup(columns), store.as_of, store.sources) if store else nobody(columns)
        except ProfileStoreMovedError:
            raise
        except ProfileStoreError:
            if isinstance(self._current, Mirrored) and isinstance(store, RedisProfileStore):
                self._current.let_go(store)
            raise

    def _for_day(self, day: date) -> ProfileStore | None:
        newest = self._current.value
        if newest is None or newest.as_of <= day:
            return newest
        folder = of_day(self._root, day)
        return self._store(folder) if folder else newest

    def _newest(self) -> ProfileStore:
        """The current snapshot, every file of it read once: what is damaged could end the process later."""
        folder = current(self._root)
        return self._kept(folder, LmdbProfileStore(folder, checked=True))

    def _store(self, folder: Path) -> ProfileStore:
        """Give the store of a folder, opened once."""
        with self._lock:
            return self._kept(folder, self._open.get(mark_of(folder / FILE)) or LmdbProfileStore(folder))

    def _kept(self, folder: Path, store: ProfileStore) -> ProfileStore:
        """Keep a store open as the one used last; one out of use closes when its last reader is done."""
        mark = mark_of(folder / FILE)
        with self._lock:
            self._open.pop(mark, None)
            self._open[mark] = store
            while len(self._open) > _MOST_OPEN:
                del self._open[next(iter(self._open))]
        return store
