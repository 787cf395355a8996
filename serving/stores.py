"""What a decision is written to: the ledger, the vault of its keys, the quota, and the secret of the draw."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from ledger.sqlite_store import SqliteLedger
from ledger.store import LedgerStore
from ledger.vault import Vault
from selection.capacity import QuotaStore
from selection.sqlite_quota import SqliteQuota
from serving.secret import secret
from serving.wiring import ServiceWiring


@dataclass(frozen=True)
class Stores:
    """The open stores of one process."""

    ledger: LedgerStore
    vault: Vault
    quota: QuotaStore
    draw_key: bytes
    _closing: ExitStack

    @classmethod
    def open(cls, wiring: ServiceWiring) -> Stores:
        """Open all of them, or none; raises what they raise (TamizError, OSError)."""
        with ExitStack() as stack:
            vault = Vault.open(wiring.vault, wiring.ledger_settings, new=not wiring.ledger.exists())
            stack.callback(vault.close)
            quota = SqliteQuota.open(wiring.quota)
            stack.callback(quota.close)
            ledger = SqliteLedger.open(wiring.ledger, wiring.ledger_settings)
            stack.callback(ledger.close)
            return cls(ledger, vault, quota, secret(wiring.draw_key), stack.pop_all())

    def close(self) -> None:
        """Commit what waits and close all of them."""
        self._closing.close()
