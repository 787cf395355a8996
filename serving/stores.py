"""What a decision is written to: the ledger, the vault of its keys, the quota, and the secret of the draw."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ledger.sqlite_store import SqliteLedger
from ledger.store import LedgerStore
from ledger.vault import Vault
from selection.capacity import QuotaStore
from selection.redis_quota import RedisQuota
from selection.sqlite_quota import SqliteQuota
from serving.secret import secret
from serving.wiring import ServiceWiring

_ROOM = 1 << 20
"""Bytes that the disk must have free: some of the largest records."""


@dataclass(frozen=True)
class Stores:
    """The open stores of one process, and the file in which the ledger was opened."""

    ledger: LedgerStore
    vault: Vault
    quota: QuotaStore
    draw_key: bytes
    _file: Path
    _inode: int
    _closing: ExitStack

    @classmethod
    def open(cls, wiring: ServiceWiring) -> Stores:
        """Open all of them, or none; raises what they raise (TamizError, OSError)."""
        with ExitStack() as stack:
            first = not wiring.ledger.exists()
            draw_key = secret(wiring.draw_key, new=first)
            vault = Vault.open(wiring.vault, wiring.ledger_settings, new=first)
            stack.callback(vault.close)
            quota = _quota(wiring)
            stack.callback(quota.close)
            ledger = SqliteLedger.open(wiring.ledger, wiring.ledger_settings)
            stack.callback(ledger.close)
            inode = wiring.ledger.stat().st_ino
            return cls(ledger, vault, quota, draw_key, wiring.ledger, inode, stack.pop_all())

    def room(self) -> bool:
        """False if the next record can be foreseen to fail: the ledger moved, its disk full or read-only."""
        try:
            file, disk = self._file.stat(), os.statvfs(self._file.parent)
        except OSError:
            return False
        writable = not disk.f_flag & os.ST_RDONLY and disk.f_bavail * disk.f_frsize >= _ROOM
        return file.st_ino == self._inode and writable

    def close(self) -> None:
        """Commit what waits and close all of them."""
        self._closing.close()


def _quota(wiring: ServiceWiring) -> SqliteQuota | RedisQuota:
    url = wiring.selection.quota_url
    if url is None:
        return SqliteQuota.open(wiring.quota)
    return RedisQuota(url.get_secret_value(), wiring.selection.quota_seconds)
