"""A session with a PostgreSQL: made when it is needed, made again when it broke."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from ledger.errors import LedgerError, LedgerUnavailable
from ledger.settings import URL_VARIABLE

_PORT = 5432
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class PostgresSession:
    """One connection for one thread at a time; whoever fails on it breaks it, and the next makes another.

    Nothing of the URL is told in errors, nor in any text of the session.
    """

    def __init__(self, url: str, *, seconds: float, variable: str = URL_VARIABLE) -> None:
        """Reach the server when first asked; LedgerError for a URL that is none of a PostgreSQL.

        Errors name the environment variable that the URL belongs in.
        """
        self._variable = variable
        self._options = _options(url, variable) | {"timeout": seconds, "application_name": "tamiz"}
        self._connection: Connection | None = None
        self._lock = threading.RLock()

    @contextmanager
    def at_work(self) -> Iterator[Connection]:
        """Give the connection, alone; what fails on it raises LedgerUnavailable."""
        with self._lock:
            try:
                yield self._reached()
            except (DatabaseError, InterfaceError, OSError) as error:
                self.close()
                raise _unavailable(self._variable) from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give the connection within a transaction that is committed at the end, or not at all."""
        with self.at_work() as connection:
            connection.run("BEGIN")
            try:
                yield connection
                connection.run("COMMIT")
            except BaseException:
                with suppress(DatabaseError, InterfaceError, OSError):
                    connection.run("ROLLBACK")
                raise

    def rows(self, query: str, **values: object) -> list[list[Any]]:
        """Give the rows of a query."""
        with self.at_work() as connection:
            return list(connection.run(query, **values) or ())

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock, suppress(DatabaseError, InterfaceError, OSError):
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _reached(self) -> Connection:
        if self._connection is None:
            self._connection = _connected(self._options)
            self._connection.run("SET synchronous_commit = on")
        return self._connection


def _connected(options: Mapping[str, Any]) -> Connection:
    """Give a connection over a socket of ours, which is closed if the server does not let us in."""
    address = (options["host"], options["port"])
    with ExitStack() as undo:
        reached = undo.enter_context(socket.create_connection(address, options["timeout"]))
        connection = Connection(sock=reached, **options)
        undo.pop_all()
    return connection


def prepare(session: PostgresSession, what: str, schema: Sequence[Sequence[str]]) -> None:
    """Make the tables of something, or bring them up to today's; LedgerError for those of a later format.

    `schema` holds of each format, from the first on, what makes it out of the one before.
    """
    with session.transaction() as connection:
        connection.run("SELECT pg_advisory_xact_lock(hashtext(:what))", what=f"tamiz {what}")
        if connection.run("SELECT to_regclass(:table)", table=f"{what}_format")[0][0] is None:
            connection.run(f"CREATE TABLE {what}_format AS SELECT 0 AS version")
        found = int(connection.run(f"SELECT version FROM {what}_format")[0][0])  # noqa: S608 - a name of ours
        for statement in itertools.chain.from_iterable(schema[found:]):
            connection.run(statement)
        if found < len(schema):
            connection.run(f"UPDATE {what}_format SET version = :version", version=len(schema))  # noqa: S608
    if found > len(schema):
        raise LedgerError(
            f"the ledger's database has format {found}, this Tamiz reads formats up to {len(schema)}",
            remedy="use the Tamiz that wrote it, or a newer one",
        )


def _unavailable(variable: str) -> LedgerUnavailable:
    """Give the error of a database that does not answer."""
    return LedgerUnavailable(
        f"the PostgreSQL that {variable} names can be neither written nor read now",
        remedy=f"look whether it answers, its disk, and at {variable}; then send it again",
    )


def _options(url: str, variable: str) -> dict[str, Any]:
    """Give what pg8000 is told; beyond this machine the server's certificate is checked."""
    remedy = f"write {variable} as postgresql://user:password@host:5432/database"
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise LedgerError(f"the URL in {variable} cannot be read", remedy=remedy) from None
    database, modes = parts.path.removeprefix("/"), parse_qs(parts.query).get("sslmode", [])
    if parts.scheme not in {"postgresql", "postgres"} or not (parts.username and parts.hostname and database):
        raise LedgerError(f"the URL in {variable} is none of a PostgreSQL", remedy=remedy)
    mode = modes[0] if modes else "disable" if parts.hostname in _LOOPBACK else "verify-full"
    if mode not in {"disable", "verify-full"}:
        raise LedgerError(
            f"the sslmode of the URL in {variable} is not known",
            remedy="write sslmode=verify-full or disable",
        )
    return {
        "user": unquote(parts.username),
        "password": unquote(parts.password) if parts.password else None,
        "host": parts.hostname,
        "port": port or _PORT,
        "database": unquote(database),
        "ssl_context": None if mode == "disable" else ssl.create_default_context(),
    }
