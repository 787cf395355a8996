"""The ledger and the subject keys that the settings name: in a PostgreSQL by its URL, else in a file."""

from __future__ import annotations

from pathlib import Path

from ledger.errors import VaultError
from ledger.key_table import KeyTable
from ledger.postgres_key_table import PostgresKeyTable
from ledger.postgres_store import PostgresLedger
from ledger.settings import KEYS_URL_VARIABLE, LedgerSettings
from ledger.sqlite_key_table import SqliteKeyTable
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


def open_key_table(folder: Path, settings: LedgerSettings, *, new: bool) -> KeyTable:
    """Open the table of subject keys, made if there is none and it may be; VaultError if it may not."""
    file = folder / "subject_keys.db"
    if settings.keys_url is None and (new or file.exists()):
        return SqliteKeyTable(file, busy_seconds=settings.busy_seconds)
    if settings.keys_url is not None:
        table = PostgresKeyTable(settings.keys_url.get_secret_value(), seconds=settings.busy_seconds)
        if new or table.begun():
            return table
        table.close()
    raise VaultError(
        "the subject keys of this ledger are away",
        remedy=f"restore {file.name} and master.key from their backup, or mend {KEYS_URL_VARIABLE}",
    )
