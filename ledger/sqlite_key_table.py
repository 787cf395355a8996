"""Wrapped data keys in a SQLite file of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import LedgerUnavailable
from ledger.key_table import WrappedKey
from ledger.sqlite_file import open_file

SCHEMA = (
    (
        "CREATE TABLE master (name TEXT NOT NULL) STRICT",
        """CREATE TABLE subject_key (
            subject TEXT PRIMARY KEY, key_id TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL
        ) STRICT, WITHOUT ROWID""",
    ),
)
"""Of each format what makes it out of the one before."""

_KEY = "SELECT subject, key_id, wrapped FROM subject_key "


class SqliteKeyTable:
    """A KeyTable in a file that several processes of one machine may share."""

    def __init__(self, path: Path, *, busy_seconds: float) -> None:
        self._connection = open_file(path, schema=SCHEMA, busy_seconds=busy_seconds)

    def begun(self) -> bool:
        """See KeyTable."""
        with _available():
            return self._connection.execute("SELECT name FROM master").fetchone() is not None

    def master(self, name: str) -> str:
        """See KeyTable."""
        with _available():
            self._connection.execute(
                "INSERT INTO master SELECT ? WHERE NOT EXISTS (SELECT 1 FROM master)", (name,)
            )
            return str(self._connection.execute("SELECT name FROM master").fetchone()[0])

    def state(self) -> int:
        """See KeyTable: another one once any other process wrote."""
        with _available():
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def of(self, subjects: Sequence[str]) -> list[WrappedKey]:
        """See KeyTable."""
        with _available():
            found = [self._one("WHERE subject = ?", subject) for subject in subjects]
        return [key for key in found if key is not None]

    def named(self, key_id: str) -> WrappedKey | None:
        """See KeyTable."""
        with _available():
            return self._one("WHERE key_id = ?", key_id)

    def add(self, keys: Sequence[WrappedKey]) -> None:
        """See KeyTable."""
        with _available():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO subject_key VALUES (?, ?, ?) ON CONFLICT (subject) DO NOTHING", keys
                )
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def delete(self, subject: str) -> bool:
        """See KeyTable: in the file and in its journal."""
        with _available():
            query = "DELETE FROM subject_key WHERE subject = ?"
            deleted = self._connection.execute(query, (subject,)).rowcount
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return deleted > 0

    def close(self) -> None:
        """See KeyTable."""
        self._connection.close()

    def _one(self, where: str, value: str) -> WrappedKey | None:
        row = self._connection.execute(_KEY + where, (value,)).fetchone()
        return None if row is None else WrappedKey(*row)


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerUnavailable(
            "the subject keys cannot be read or written",
            remedy="look at the disk's space and who holds the file",
        ) from error
