"""The ledger in one SQLite file."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from functools import cache
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.errors import AlreadyRecorded, LedgerUnavailable
from ledger.group_commit import Draft, GroupCommit
from ledger.record import Kind, Record
from ledger.settings import LedgerSettings
from ledger.sqlite_file import connect, open_file
from ledger.store import Stored, paged
from ledger.verification import Difference, Row, Verification, cut_off, verify
from ledger.verifier import Frontier, Sealed, hashes_in, read_head

_FIRST = (
    """CREATE TABLE record (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        client TEXT NOT NULL,
        key TEXT NOT NULL,
        about TEXT,
        leaf BLOB NOT NULL,
        leaf_hash BLOB NOT NULL,
        UNIQUE (client, key)
    ) STRICT""",
    "CREATE INDEX record_about ON record (about) WHERE about IS NOT NULL",
    """CREATE TRIGGER record_is_never_changed BEFORE UPDATE ON record
       BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END""",
    """CREATE TRIGGER record_is_never_deleted BEFORE DELETE ON record
       BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END""",
)
_SECOND = (
    "ALTER TABLE record ADD COLUMN once TEXT",
    "CREATE UNIQUE INDEX record_once ON record (once) WHERE once IS NOT NULL",
)
_THIRD = (
    "ALTER TABLE record ADD COLUMN receipt BLOB",
    """CREATE TABLE head (
        size INTEGER PRIMARY KEY, note TEXT NOT NULL, leaves BLOB NOT NULL, peaks BLOB NOT NULL
    ) STRICT""",
    """CREATE TRIGGER head_is_never_changed BEFORE UPDATE ON head
       BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END""",
    """CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
       BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END""",
)
SCHEMA = (_FIRST, _SECOND, _THIRD)
"""Of each format what makes it out of the one before."""

_INSERT = """INSERT INTO record (id, kind, recorded_at, client, key, about, leaf, leaf_hash, once, receipt)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COLUMNS = "seq, id, kind, recorded_at, client, key, about, leaf, leaf_hash, once, receipt"
_STORED = "SELECT seq, leaf, leaf_hash, receipt FROM record "
_OBJECTS = "SELECT sql FROM sqlite_schema WHERE name GLOB 'record*' OR name GLOB 'head*'"
_PAGE = 500
_ROOM = 1 << 20
"""Bytes that the disk must have free: some of the largest records."""


class SqliteLedger:
    """A LedgerStore in a file that several processes may write to (WAL, synchronous=FULL, group commit).

    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> record = Record("r1", Kind.ACCESS, datetime(2026, 1, 2, tzinfo=UTC), "auditor", "k1")
    >>> with TemporaryDirectory() as folder, SqliteLedger.open(Path(folder) / "ledger.db") as ledger:
    ...     seq = ledger.append(record).result().seq
    ...     found = ledger.get("r1").record == record
    ...     intact = ledger.verify().intact
    >>> seq, found, intact
    (1, True, True)
    """

    def __init__(self, path: Path, settings: LedgerSettings) -> None:
        self._path = path
        self._settings = settings
        self._writer = open_file(path, schema=SCHEMA, busy_seconds=settings.busy_seconds)
        self._reader = connect(path, settings.busy_seconds)
        self._reading = threading.Lock()
        self._inode = path.stat().st_ino
        self._group = GroupCommit(self._commit, waiting=settings.queue, batch=settings.batch)

    @classmethod
    def open(cls, path: Path, settings: LedgerSettings | None = None) -> SqliteLedger:
        """The ledger in the file `path`, made if there is none."""
        return cls(path, settings or LedgerSettings())

    def sign_receipts(self, sign: Callable[[bytes], bytes]) -> None:
        """See LedgerStore."""
        self._group.sign = sign

    def append(self, record: Record) -> Future[Stored]:
        """See LedgerStore. A failed commit whose outcome the disk hid may yet be found under its key."""
        return self._group.submit(record)

    def get(self, record_id: str) -> Stored | None:
        """See LedgerStore."""
        return self._one("WHERE id = ?", record_id)

    def by_key(self, client: str, key: str) -> Stored | None:
        """See LedgerStore."""
        return self._one("WHERE client = ? AND key = ?", client, key)

    def by_once(self, once: str) -> Stored | None:
        """See LedgerStore."""
        return self._one("WHERE once = ?", once)

    def before(self, client: str, key: str, about: str) -> list[Stored]:
        """See LedgerStore."""
        where = "WHERE (client = ? AND key = ?) OR about = ? ORDER BY seq"
        return [Stored(*row) for row in self._read(_STORED + where, client, key, about)]

    def about(self, about: str) -> list[Stored]:
        """See LedgerStore."""
        return [Stored(*row) for row in self._read(_STORED + "WHERE about = ? ORDER BY seq", about)]

    def iterate(self, after_seq: int = 0, kinds: Collection[Kind] | None = None) -> Iterator[Stored]:
        """See LedgerStore."""
        wanted = [] if kinds is None else [kind.value for kind in kinds]
        among = "" if kinds is None else f"AND kind IN ({', '.join('?' * len(wanted))})"
        query = f"{_STORED} WHERE seq > ? {among} ORDER BY seq LIMIT {_PAGE}"
        for row in paged(lambda after: self._read(query, after, *wanted), after_seq):
            yield Stored(*row)

    def seal(self, sealed: Sealed, tree: Frontier) -> None:
        """See LedgerStore: over a connection of its own, so that nobody waits for it to be durable."""
        values = (sealed.head.size, sealed.head.note, b"".join(sealed.leaves), b"".join(tree.peaks))
        try:
            with closing(connect(self._path, self._settings.busy_seconds)) as connection:
                connection.execute("INSERT INTO head VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", values)
        except sqlite3.Error as error:
            raise _unavailable() from error

    def frontier(self) -> Frontier:
        """See LedgerStore."""
        rows = self._read("SELECT size, peaks FROM head ORDER BY size DESC LIMIT 1")
        return Frontier(rows[0][0], list(hashes_in(rows[0][1]))) if rows else Frontier()

    def heads(self, after_size: int = 0) -> Iterator[Sealed]:
        """See LedgerStore."""
        query = f"SELECT size, note, leaves FROM head WHERE size > ? ORDER BY size LIMIT {_PAGE}"  # noqa: S608 - a number of ours
        for _, note, leaves in paged(lambda after: self._read(query, after), after_size):
            yield Sealed(read_head(note), hashes_in(leaves))

    def count(self) -> int:
        """See LedgerStore."""
        return int(self._read("SELECT count(*) FROM record")[0][0])

    def verify(self) -> Verification:
        """See LedgerStore; the file's own numbers, indexes and triggers are looked at as well."""
        given = self._numbers_given()
        found = verify(self._rows())
        return Verification(
            found.checked, (*found.differences, *cut_off(self._last(), given), *self._of_the_file())
        )

    def writable(self) -> bool:
        """See LedgerStore: the file was moved, or its disk is full or read-only."""
        try:
            file, disk = self._path.stat(), os.statvfs(self._path.parent)
        except OSError:
            return False
        writable = not disk.f_flag & os.ST_RDONLY and disk.f_bavail * disk.f_frsize >= _ROOM
        return file.st_ino == self._inode and writable

    def close(self) -> None:
        """See LedgerStore."""
        self._group.close()
        self._writer.close()
        with self._reading:
            self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _commit(self, drafts: Sequence[Draft]) -> list[Stored | AlreadyRecorded]:
        try:
            self._check_file()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                answers = [self._insert(draft) for draft in drafts]
                self._writer.execute("COMMIT")
            finally:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            raise _unavailable() from error
        return answers

    def _check_file(self) -> None:
        """A file that was moved away would go on taking records that nobody finds again."""
        if self._path.stat().st_ino != self._inode:
            raise FileNotFoundError(self._path.name)

    def _insert(self, draft: Draft) -> Stored | AlreadyRecorded:
        row = Row.of(0, draft.record, draft.leaf, draft.receipt)
        values = (
            *(row.id, row.kind, row.recorded_at, row.client, row.key, row.about),
            *(row.leaf, row.leaf_hash, row.once, row.receipt),
        )
        try:
            seq = self._writer.execute(_INSERT, values).lastrowid
        except sqlite3.IntegrityError:
            query = _STORED + (
                "WHERE (client = ? AND key = ?) OR id = ? OR once = ? "
                "ORDER BY (client = ? AND key = ?) DESC, id = ? DESC"
            )
            mine = (row.client, row.key, row.id)
            found = self._writer.execute(query, (*mine, row.once, *mine)).fetchone()
            return AlreadyRecorded(Stored(*found))
        return Stored(int(seq or 0), row.leaf, row.leaf_hash, row.receipt)

    def _one(self, where: str, *values: str) -> Stored | None:
        rows = self._read(_STORED + where, *values)
        return Stored(*rows[0]) if rows else None

    def _rows(self) -> Iterator[Row]:
        query = f"SELECT {_COLUMNS} FROM record WHERE seq > ? ORDER BY seq LIMIT {_PAGE}"  # noqa: S608
        for row in paged(lambda after: self._read(query, after), -1):
            yield Row(*row)

    def _numbers_given(self) -> int:
        rows = self._read("SELECT seq FROM sqlite_sequence WHERE name = 'record'")
        return int(rows[0][0]) if rows else 0

    def _last(self) -> int:
        return int(self._read("SELECT coalesce(max(seq), 0) FROM record")[0][0])

    def _of_the_file(self) -> Iterator[Difference]:
        """An index that lost a record hides it from whoever asks for it, and triggers keep records."""
        for (words,) in self._read("PRAGMA integrity_check(10)"):
            if words != "ok":
                yield Difference(0, None, f"the database file is damaged: {words}")
        if set(self._read(_OBJECTS)) != _objects():
            yield Difference(
                0, None, "the tables, indexes or triggers are not those the ledger was made with"
            )

    def _read(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                return self._reader.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _unavailable() from error


@cache
def _objects() -> set[tuple[Any, ...]]:
    """Give what the tables, indexes and triggers are in a file of today's format."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in chain.from_iterable(SCHEMA):
            connection.execute(statement)
        return set(connection.execute(_OBJECTS))


def _unavailable() -> LedgerUnavailable:
    return LedgerUnavailable(
        "the ledger can be neither written nor read now",
        remedy="look at the disk's space and rights, and who else holds the file; then send it again",
    )
