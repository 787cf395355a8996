"""The ledger that the settings name: in a PostgreSQL by its URL, else in a file."""

from __future__ import annotations

from pathlib import Path

from ledger.postgres_store import PostgresLedger
from ledger.settings import LedgerSettings
from ledger.sqlite_store import SqliteLedger


def open_ledger(path: Path, settings: LedgerSettings) -> SqliteLedger | PostgresLedger:
    """Open the ledger, made if there is none."""
    if settings.url is None:
        return SqliteLedger.open(path, settings)
    return PostgresLedger.open(settings.url.get_secret_value(), settings)


def is_new(path: Path, settings: LedgerSettings) -> bool:
    """Whether nothing was ever recorded: then keys may be made for it."""
    if settings.url is None:
        return not path.exists()
    with open_ledger(path, settings) as ledger:
        return next(ledger.iterate(), None) is None
