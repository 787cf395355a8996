"""The data keys of subjects: one AES key a person or firm in a role, wrapped under the master key."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import LedgerUnavailable, VaultError
from ledger.key_table import KeyTable, WrappedKey
from ledger.master_key import MasterKey


@dataclass(frozen=True, repr=False)
class DataKey:
    """A subject's key and the random name by which ciphertexts refer to it."""

    key_id: str
    cipher: AESGCM


class SubjectKeys:
    """Data keys by subject (to seal) and by name (to open). Deleting a key is all that erasure takes.

    A key is durable before it is handed out. Keys that were read stay in memory until any other process
    deletes one. Safe over threads and processes.
    """

    def __init__(self, table: KeyTable, master: MasterKey, *, cache: int) -> None:
        self._table = table
        self._wrap = AESGCM(master.wrap)
        self._cache_size = cache
        self._by_subject: dict[str, DataKey] = {}
        self._by_id: dict[str, DataKey] = {}
        self._lock = threading.Lock()
        if table.master(master.name) != master.name:
            raise VaultError(
                "the subject keys were wrapped under another master key",
                remedy="restore the master.key that belongs to this workspace; a new one opens no record",
            )
        self._state = table.state()

    def of(self, subjects: Sequence[str]) -> list[DataKey]:
        """The keys of these subjects (their keyed hashes), made for those who have none."""
        with self._lock:
            self._forget_stale()
            held = {subject: key for subject in subjects if (key := self._by_subject.get(subject))}
            held |= self._read(_absent(subjects, held))
            if absent := _absent(subjects, held):
                self._table.add([self._new_key(subject) for subject in absent])
                held |= self._read(absent)
            if _absent(subjects, held):
                raise LedgerUnavailable("a subject is erased at this moment", remedy="send it again")
            return [held[subject] for subject in subjects]

    def named(self, key_id: str) -> DataKey | None:
        """The key with this name; None if it was deleted."""
        with self._lock:
            self._forget_stale()
            if key := self._by_id.get(key_id):
                return key
            found = self._table.named(key_id)
            return self._kept(found) if found else None

    def delete(self, subject: str) -> bool:
        """Destroy the subject's key; False if there was none."""
        with self._lock:
            self._drop_cache()
            return self._table.delete(subject)

    def close(self) -> None:
        """Let go of the table."""
        with self._lock:
            self._table.close()

    def _read(self, subjects: Sequence[str]) -> dict[str, DataKey]:
        found = self._table.of(subjects) if subjects else []
        return {key.subject: self._kept(key) for key in found}

    def _forget_stale(self) -> None:
        state = self._table.state()
        if state != self._state:
            self._drop_cache()
            self._state = state

    def _drop_cache(self) -> None:
        self._by_subject.clear()
        self._by_id.clear()

    def _kept(self, key: WrappedKey) -> DataKey:
        if len(self._by_id) >= self._cache_size:
            self._drop_cache()
        found = self._by_subject[key.subject] = self._by_id[key.key_id] = self._unwrapped(key)
        return found

    def _new_key(self, subject: str) -> WrappedKey:
        key_id, nonce = secrets.token_hex(12), secrets.token_bytes(12)
        box = self._wrap.encrypt(nonce, secrets.token_bytes(32), key_id.encode())
        return WrappedKey(subject, key_id, nonce + box)

    def _unwrapped(self, key: WrappedKey) -> DataKey:
        box, name = key.wrapped, key.key_id
        try:
            return DataKey(name, AESGCM(self._wrap.decrypt(box[:12], box[12:], name.encode())))
        except InvalidTag as error:
            raise VaultError(
                "a subject key was tampered with", remedy="restore the keys from backup"
            ) from error


def _absent(subjects: Sequence[str], held: Mapping[str, DataKey]) -> list[str]:
    return [subject for subject in dict.fromkeys(subjects) if subject not in held]
