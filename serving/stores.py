"""What a decision is written to: the ledger, the vault of its keys, the quota, and the secret of the draw."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from ledger.opening import is_new, open_ledger
from ledger.sealer import Sealer
from ledger.sealing_key import sealing_key
from ledger.store import LedgerStore
from ledger.vault import Vault
from selection.capacity import QuotaStore
from selection.redis_quota import RedisQuota
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
    def open(cls, wiring: ServiceWiring, note: Callable[[str], None] = lambda _: None) -> Stores:
        """Open all of them, or none; raises what they raise (TamizError, OSError).

        Every record gets its receipt, and the ledger is sealed from now on: what goes wrong with that is told
        to `note`.
        """
        with ExitStack() as stack:
            first = is_new(wiring.ledger, wiring.ledger_settings)
            draw_key = secret(wiring.draw_key, new=first)
            vault = Vault.open(wiring.vault, wiring.ledger_settings, new=first)
            stack.callback(vault.close)
            quota = _quota(wiring)
            stack.callback(quota.close)
            ledger = open_ledger(wiring.ledger, wiring.ledger_settings)
            stack.callback(ledger.close)
            key = sealing_key(wiring.sealing_key, new=not ledger.frontier().size)
            ledger.sign_receipts(key.receipt)
            settings = wiring.ledger_settings
            sealer = Sealer(
                ledger,
                key,
                now=wiring.now,
                place=settings.heads,
                seconds=settings.seal_seconds,
                note=note,
            )
            stack.callback(sealer.close)
            sealer.start()
            return cls(ledger, vault, quota, draw_key, stack.pop_all())

    def close(self) -> None:
        """Commit what waits and close all of them."""
        self._closing.close()


def _quota(wiring: ServiceWiring) -> SqliteQuota | RedisQuota:
    url = wiring.selection.quota_url
    if url is None:
        return SqliteQuota.open(wiring.quota)
    return RedisQuota(url.get_secret_value(), wiring.selection.quota_seconds)
