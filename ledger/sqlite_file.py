"""Opening a SQLite file of ours: private to its owner, durable, and of the format that we write."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ledger.errors import LedgerError, LedgerUnavailable


def open_file(path: Path, *, schema: Sequence[str], version: int, busy_seconds: float) -> sqlite3.Connection:
    """A connection to `path` in WAL mode with synchronous=FULL, its schema made if the file is new.

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
            _prepare(connection, schema, version, busy_seconds)
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


def _prepare(
    connection: sqlite3.Connection, schema: Sequence[str], version: int, busy_seconds: float
) -> None:
    _to_wal(connection, busy_seconds)
    if _version(connection) == version:
        return
    connection.execute("BEGIN IMMEDIATE")
    found = _version(connection)
    if found == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        for statement in (*schema, f"PRAGMA user_version={version}"):
            connection.execute(statement)
        found = version
    connection.execute("COMMIT")
    if found != version:
        raise LedgerError(
            f"the database has format {found}, this Tamiz reads format {version}",
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
