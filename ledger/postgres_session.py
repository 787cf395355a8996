"""A session with a PostgreSQL: made when it is needed, made again when it broke."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection

from ledger.errors import LedgerError, LedgerUnavailable

_PORT = 5432
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_REMEDY = "write TAMIZ_LEDGER_URL as postgresql://user:password@host:5432/database"


class PostgresSession:
    """One connection for one thread at a time; whoever fails on it breaks it, and the next makes another.

    Nothing of the URL is told in errors, nor in any text of the session.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        """Reach the server when first asked; LedgerError for a URL that is none of a PostgreSQL."""
        self._options = _options(url) | {"timeout": seconds, "application_name": "tamiz"}
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
                raise unavailable() from error

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


def unavailable() -> LedgerUnavailable:
    """Give the error of a database that does not answer."""
    return LedgerUnavailable(
        "the PostgreSQL of the ledger can be neither written nor read now",
        remedy="look whether it answers, its disk, and at TAMIZ_LEDGER_URL; then send it again",
    )


def _options(url: str) -> dict[str, Any]:
    """Give what pg8000 is told; beyond this machine the server's certificate is checked."""
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise LedgerError("the URL of the ledger cannot be read", remedy=_REMEDY) from None
    database, modes = parts.path.removeprefix("/"), parse_qs(parts.query).get("sslmode", [])
    if parts.scheme not in {"postgresql", "postgres"} or not (parts.username and parts.hostname and database):
        raise LedgerError("the URL of the ledger is none of a PostgreSQL", remedy=_REMEDY)
    mode = modes[0] if modes else "disable" if parts.hostname in _LOOPBACK else "verify-full"
    if mode not in {"disable", "verify-full"}:
        raise LedgerError(
            "the sslmode of the ledger's URL is not known", remedy="write sslmode=verify-full or disable"
        )
    return {
        "user": unquote(parts.username),
        "password": unquote(parts.password) if parts.password else None,
        "host": parts.hostname,
        "port": port or _PORT,
        "database": unquote(database),
        "ssl_context": None if mode == "disable" else ssl.create_default_context(),
    }
