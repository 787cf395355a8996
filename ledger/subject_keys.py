"""The data keys of subjects: one AES key a person or firm in a role, wrapped, in a file of their own."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import LedgerUnavailable, VaultError
from ledger.master_key import MasterKey
from ledger.sqlite_file import open_file

VERSION = 1
SCHEMA = (
    "CREATE TABLE master (name TEXT NOT NULL) STRICT",
    """CREATE TABLE subject_key (
        subject TEXT PRIMARY KEY, key_id TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL
    ) STRICT, WITHOUT ROWID""",
)


@dataclass(frozen=True, repr=False)
class DataKey:
    """A subject's key and the random name by which ciphertexts refer to it."""

    key_id: str
    cipher: AESGCM


class SubjectKeys:
    """Data keys by subject (to seal) and by name (to open). Deleting a key is all that erasure takes.

    A key is durable before it is handed out. Keys that were read stay in memory until any other process
    writes to the file. Safe over threads and processes.
    """

    def __init__(self, path: Path, master: MasterKey, *, busy_seconds: float, cache: int) -> None:
        self._master = master
        self._wrap = AESGCM(master.wrap)
        self._cache_size = cache
        self._by_subject: dict[str, DataKey] = {}
        self._by_id: dict[str, DataKey] = {}
        self._lock = threading.Lock()
        self._connection = open_file(path, schema=SCHEMA, version=VERSION, busy_seconds=busy_seconds)
        try:
            self._check_master()
        except BaseException:
            self._connection.close()
            raise
        self._data_version = self._read_data_version()

    def of(self, subjects: Sequence[str]) -> list[DataKey]:
        """The keys of these subjects (their keyed hashes), made for those who have none."""
        with self._lock, _available():
            self._forget_stale()
            keys = {subject: self._by_subject.get(subject) or self._load(subject) for subject in subjects}
            absent = [subject for subject, key in keys.items() if key is None]
            if absent:
                keys.update(self._make(absent))
            return [key for subject in subjects if (key := keys[subject]) is not None]

    def named(self, key_id: str) -> DataKey | None:
        """The key with this name; None if it was deleted."""
        with self._lock, _available():
            self._forget_stale()
            return self._by_id.get(key_id) or self._read("key_id = ?", key_id)

    def delete(self, subject: str) -> bool:
        """Destroy the subject's key, in the file and in its journal; False if there was none."""
        with self._lock, _available():
            deleted = self._connection.execute(
                "DELETE FROM subject_key WHERE subject = ?", (subject,)
            ).rowcount
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._drop_cache()
            return deleted > 0

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _check_master(self) -> None:
        name = self._master.name
        self._connection.execute(
            "INSERT INTO master SELECT ? WHERE NOT EXISTS (SELECT 1 FROM master)", (name,)
        )
        if self._connection.execute("SELECT name FROM master").fetchone()[0] != name:
            raise VaultError(
                "the subject keys were wrapped under another master key",
                remedy="restore the master.key that belongs to this workspace; a new one opens no record",
            )

    def _forget_stale(self) -> None:
        seen = self._read_data_version()
        if seen != self._data_version:
            self._drop_cache()
            self._data_version = seen

    def _drop_cache(self) -> None:
        self._by_subject.clear()
        self._by_id.clear()

    def _read_data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _load(self, subject: str) -> DataKey | None:
        key = self._read("subject = ?", subject)
        if key is not None:
            self._by_subject[subject] = key
        return key

    def _read(self, where: str, value: str) -> DataKey | None:
        query = f"SELECT key_id, wrapped FROM subject_key WHERE {where}"  # noqa: S608
        row = self._connection.execute(query, (value,)).fetchone()
        if row is None:
            return None
        if len(self._by_id) >= self._cache_size:
            self._drop_cache()
        key = self._by_id[row[0]] = self._unwrap(*row)
        return key

    def _make(self, subjects: Sequence[str]) -> dict[str, DataKey | None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for subject in subjects:
                self._connection.execute(
                    "INSERT INTO subject_key VALUES (?, ?, ?) ON CONFLICT (subject) DO NOTHING",
                    (subject, *self._new_key()),
                )
            self._connection.execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return {subject: self._load(subject) for subject in subjects}

    def _new_key(self) -> tuple[str, bytes]:
        key_id, nonce = secrets.token_hex(12), secrets.token_bytes(12)
        return key_id, nonce + self._wrap.encrypt(nonce, secrets.token_bytes(32), key_id.encode())

    def _unwrap(self, key_id: str, wrapped: bytes) -> DataKey:
        try:
            return DataKey(key_id, AESGCM(self._wrap.decrypt(wrapped[:12], wrapped[12:], key_id.encode())))
        except InvalidTag as error:
            raise VaultError(
                "a subject key was tampered with", remedy="restore the keys from backup"
            ) from error


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerUnavailable(
            "the subject keys cannot be read or written",
            remedy="look at the disk's space and who holds the file",
        ) from error
