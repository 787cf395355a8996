"""A quota in a SQLite file, for the processes of one machine."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from selection.capacity import Place, Take, allowed
from selection.errors import QuotaUnavailable

_BUSY_SECONDS = 2.0
_SCHEMA = """CREATE TABLE IF NOT EXISTS used_at_office (
    day TEXT NOT NULL, office TEXT NOT NULL, lane TEXT NOT NULL, inspections INTEGER NOT NULL,
    PRIMARY KEY (day, office, lane)
) STRICT, WITHOUT ROWID"""
_COUNT = """INSERT INTO used_at_office VALUES (?, ?, ?, 1)
            ON CONFLICT (day, office, lane) DO UPDATE SET inspections = inspections + 1"""
_GIVE_BACK = """UPDATE used_at_office SET inspections = inspections - 1
                WHERE day = ? AND office = ? AND lane = ? AND inspections > 0"""


class SqliteQuota:
    """A QuotaStore that several processes share (WAL).

    It is a count, not evidence: after a power cut its last moments may be missing (synchronous=NORMAL), which
    lets a few more inspections through and changes no record.

    >>> from customs.lane import Lane
    >>> from datetime import date
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, SqliteQuota.open(Path(folder) / "quota.db") as quota:
    ...     [quota.take(Place(date(2026, 3, 1), "118", Lane.RED), 1).taken for _ in range(2)]
    [True, False]
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> SqliteQuota:
        """The quota in the file `path`, made if there is none."""
        with _available():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _SCHEMA):
                    connection.execute(statement)
            except sqlite3.Error:
                connection.close()
                raise
            return cls(connection)

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:
        """See QuotaStore; raises QuotaUnavailable."""
        with self._lock, _available(), self._transaction():
            left = None if limit is None else allowed(limit, self._read(place.day_before), released)
            used = self._read(place)
            taken = left is None or used < left
            if taken:
                self._connection.execute(_COUNT, _key(place))
        return Take(place.lane, left, taken, used + taken)

    def give_back(self, place: Place) -> None:
        """See QuotaStore; raises QuotaUnavailable."""
        with self._lock, _available():
            self._connection.execute(_GIVE_BACK, _key(place))

    def used(self, place: Place) -> int:
        """See QuotaStore; raises QuotaUnavailable."""
        with self._lock, _available():
            return self._read(place)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _read(self, place: Place) -> int:
        query = "SELECT inspections FROM used_at_office WHERE day = ? AND office = ? AND lane = ?"
        row = self._connection.execute(query, _key(place)).fetchone()
        return 0 if row is None else int(row[0])


def _key(place: Place) -> tuple[str, str, str]:
    return place.day.isoformat(), place.office, place.lane.value


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise QuotaUnavailable(
            "the count of inspections cannot be read or written",
            remedy="look at the disk's space and rights, and who else holds the file",
        ) from error
