"""An MLflow store that was moved with its workspace: what it holds as absolute addresses follows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from training.errors import TrackingError

_ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Tables and columns in which MLflow keeps where artifacts lie."""


def follow(database: Path, experiment: str, artifacts: str) -> bool:
    """Make the store say that an experiment's artifacts lie at `artifacts`; True if it said otherwise.

    All addresses below the old place are written anew in one transaction. Nothing is done where there is no
    store or no such experiment yet. Raises TrackingError for a store that cannot be read or written.

    >>> from tempfile import mkdtemp
    >>> follow(Path(mkdtemp()) / "mlflow.db", "tamiz", "file:///new/artifacts")
    False
    """
    if not database.exists():
        return False
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            return _followed(connection, experiment, artifacts)
    except sqlite3.Error as error:
        raise TrackingError(
            f"the MLflow store cannot be read or written: {error}",
            remedy="restore mlruns/mlflow.db from a backup, or move mlruns away for a new store",
        ) from None


def _followed(connection: sqlite3.Connection, experiment: str, artifacts: str) -> bool:
    connection.execute("BEGIN IMMEDIATE")
    try:
        old = _location(connection, experiment)
        if old is None or old == artifacts:
            return False
        for table, column in _present(connection):
            connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) "  # noqa: S608 - names of ours
                f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
                (artifacts, len(old) + 1, old, len(old) + 1, f"{old}/"),
            )
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return True


def _location(connection: sqlite3.Connection, experiment: str) -> str | None:
    """Where the experiment's artifacts lie by the store; None before MLflow made its tables."""
    if ("experiments", "artifact_location") not in set(_present(connection)):
        return None
    query = "SELECT artifact_location FROM experiments WHERE name = ?"
    found = connection.execute(query, (experiment,)).fetchone()
    return None if found is None else str(found[0])


def _present(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for table, column in _ADDRESSES:
        if column in {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}:
            yield table, column
