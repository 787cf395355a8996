"""Opening a SQLite file of ours: private to its owner, durable, and of the format that we write."""

from __future__ import annotations

import itertools
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ledger.errors import LedgerError, LedgerUnavailable


def open_file(path: Path, *, schema: Sequence[Sequence[str]], busy_seconds: float) -> sqlite3.Connection:
    """A connection to `path` in WAL mode with synchronous=FULL, its schema made or brought up to today's.

    `schema` holds of each format, from the first on, what makes it out of the one before.
    The connection may be used by any one thread at a time and begins no transaction by itself. Raises
    LedgerError if the file was written by a newer Tamiz or is no database of ours, LedgerUnavailable if it
    cannot be opened now.
    """
    with ExitStack() as undo:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = connect(path, busy_seconds)
            undo.callback(connection.close)
            _prepare(connection, schema, busy_seconds)
        except (OSError, sqlite3.OperationalError) as error:
            raise _away(path) from error
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{path.name} is no database", remedy="restore it from its backup") from error
        undo.pop_all()
    return connection


def connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A further connection to a file that is there, with the same durability."""
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, schema: Sequence[Sequence[str]], busy_seconds: float) -> None:
    _to_wal(connection, busy_seconds)
    if _version(connection) == len(schema):
        return
    connection.execute("BEGIN IMMEDIATE")
    found = _version(connection)
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    ours = found <= len(schema) and (found > 0 or tables == 0)
    for statement in itertools.chain.from_iterable(schema[found:] if ours else ()):
        connection.execute(statement)
    if ours:
        connection.execute(f"PRAGMA user_version={len(schema)}")
    connection.execute("COMMIT")
    if not ours:
        raise LedgerError(
            f"the database has format {found}, this Tamiz reads formats up to {len(schema)}",
            remedy="use the Tamiz that wrote it, or a newer one",
        )


def _to_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """SQLite does not wait for others while it changes the journal mode: so we do."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _away(path: Path) -> LedgerUnavailable:
    return LedgerUnavailable(
        f"{path.name} cannot be opened",
        remedy="look at the disk's space, its rights, and who else holds the file",
    )
