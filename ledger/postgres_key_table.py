"""Wrapped data keys in a PostgreSQL, for the services of several machines."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ledger.key_table import WrappedKey
from ledger.postgres_session import PostgresSession, prepare
from ledger.settings import KEYS_URL_VARIABLE

_FIRST = (
    "CREATE TABLE subject_key_master (name TEXT NOT NULL)",
    """CREATE TABLE subject_key (
        subject TEXT PRIMARY KEY, key_id TEXT NOT NULL UNIQUE, wrapped BYTEA NOT NULL
    )""",
    "CREATE TABLE subject_key_state (deleted BIGINT NOT NULL)",
    "INSERT INTO subject_key_state VALUES (0)",
    "REVOKE ALL ON subject_key, subject_key_master, subject_key_state FROM PUBLIC",
)
SCHEMA = (_FIRST,)
"""Of each format what makes it out of the one before."""

_KEY = "SELECT subject, key_id, wrapped FROM subject_key "
_ADD = """INSERT INTO subject_key
    SELECT * FROM unnest(:subject ::text[], :key_id ::text[], :wrapped ::bytea[])
    ON CONFLICT (subject) DO NOTHING"""


class PostgresKeyTable:
    """A KeyTable that services on several machines share; all of them have the same master key.

    The service's user needs SELECT and INSERT, and for erasures DELETE, and UPDATE of `subject_key_state`.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        self._session = PostgresSession(url, seconds=seconds, variable=KEYS_URL_VARIABLE)
        with ExitStack() as undo:
            undo.callback(self._session.close)
            prepare(self._session, "subject_key", SCHEMA)
            undo.pop_all()

    def begun(self) -> bool:
        """See KeyTable."""
        return bool(self._session.rows("SELECT name FROM subject_key_master"))

    def master(self, name: str) -> str:
        """See KeyTable."""
        with self._session.transaction() as connection:
            connection.run("LOCK TABLE subject_key_master IN EXCLUSIVE MODE")
            standing = connection.run("SELECT name FROM subject_key_master")
            if not standing:
                connection.run("INSERT INTO subject_key_master VALUES (:name)", name=name)
        return str(standing[0][0]) if standing else name

    def state(self) -> int:
        """See KeyTable."""
        return int(self._session.rows("SELECT deleted FROM subject_key_state")[0][0])

    def of(self, subjects: Sequence[str]) -> list[WrappedKey]:
        """See KeyTable."""
        query = _KEY + "WHERE subject = ANY(:subjects ::text[])"
        return [WrappedKey(*row) for row in self._session.rows(query, subjects=list(subjects))]

    def named(self, key_id: str) -> WrappedKey | None:
        """See KeyTable."""
        found = self._session.rows(_KEY + "WHERE key_id = :key_id", key_id=key_id)
        return WrappedKey(*found[0]) if found else None

    def add(self, keys: Sequence[WrappedKey]) -> None:
        """See KeyTable."""
        columns = {name: [getattr(key, name) for key in sorted(keys)] for name in WrappedKey._fields}
        self._session.rows(_ADD, **columns)

    def delete(self, subject: str) -> bool:
        """See KeyTable: gone from the table at once; the server's log and backups keep it for their time."""
        with self._session.transaction() as connection:
            query = "DELETE FROM subject_key WHERE subject = :subject RETURNING 1"
            deleted = connection.run(query, subject=subject)
            connection.run("UPDATE subject_key_state SET deleted = deleted + 1")
        self._session.rows("VACUUM subject_key")
        return bool(deleted)

    def close(self) -> None:
        """See KeyTable."""
        self._session.close()
