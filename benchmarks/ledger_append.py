"""How many durable records a second the SQLite ledger takes, and what making a record costs.

`python -m benchmarks.ledger_append` prints one JSON object (`python -m benchmarks ledger_append` keeps it).
Waiters each append one record and wait for its commit before they go on, as requests do. Each record gets its
receipt, and a sealer signs heads meanwhile, as in a service.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from customs.decision import Selection
from customs.lane import Lane
from customs.outcome import SelectionReason
from ledger.decision_record import Versions, decision_record
from ledger.record import Record
from ledger.sealer import Sealer
from ledger.sealing_key import sealing_key
from ledger.sqlite_store import SqliteLedger
from ledger.vault import Role, Subject, Vault

_START = datetime(2026, 3, 1, tzinfo=UTC)
_SELECTION = Selection(Lane.RED, SelectionReason.MODEL, None, 1.0, 1.0, 0.42)
_VERSIONS = Versions("0123456789abcdef", "1", date(2026, 2, 28), "0123456789abcdef", "1", "0.1.0")


def run(records: int = 20_000, waiters: int = 32, folder: Path | None = None) -> dict[str, float]:
    """Records a second, waits in milliseconds, and microseconds to make one record of two items."""
    with TemporaryDirectory(dir=folder) as name:
        made, micros, first_micros = _make(records, Path(name))
        waits: list[float] = []
        with SqliteLedger.open(Path(name) / "ledger.db") as ledger:
            key = sealing_key(Path(name) / "sealing.json")
            ledger.sign_receipts(key.receipt)
            sealer = Sealer(ledger, key, now=lambda: datetime.now(UTC))
            sealer.start()
            began = time.perf_counter()
            threads = [
                threading.Thread(target=_append, args=(ledger, made[waiter::waiters], waits))
                for waiter in range(waiters)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - began
            sealer.close()
            assert ledger.count() == ledger.frontier().size == records
    cuts = statistics.quantiles(waits, n=100)
    return {
        "records": records,
        "waiters": waiters,
        "leaf_bytes": len(made[0].leaf()),
        "records_per_second": round(records / seconds),
        "wait_ms_p50": round(cuts[49] * 1e3, 2),
        "wait_ms_p99": round(cuts[98] * 1e3, 2),
        "make_known_parties_us": round(micros),
        "make_new_parties_us": round(first_micros),
    }


def _append(ledger: SqliteLedger, records: list[Record], waits: list[float]) -> None:
    for record in records:
        began = time.perf_counter()
        ledger.append(record).result()
        waits.append(time.perf_counter() - began)


def _make(records: int, folder: Path) -> tuple[list[Record], float, float]:
    """The records, 50 of them sealed and the rest sharing their sealed parts, so that set-up stays short."""
    with Vault.open(folder / "keys") as vault:
        first = [_timed(vault, number) for number in range(50)]
        known = [_timed(vault, number) for number in range(50)]
    sealed = [record for record, _ in known]
    made = [
        Record(
            id=f"r{number}",
            kind=sealed[number % 50].kind,
            recorded_at=_START + timedelta(milliseconds=number),
            client="clearance",
            key=f"{number:032x}",
            about=f"{number:032x}",
            public=sealed[number % 50].public,
            sealed=sealed[number % 50].sealed,
        )
        for number in range(records)
    ]
    micros, first_micros = (
        statistics.median(seconds for _, seconds in batch) * 1e6 for batch in (known, first)
    )
    return made, micros, first_micros


def _timed(vault: Vault, number: int) -> tuple[Record, float]:
    rng = np.random.default_rng(number)
    parties = [Subject(role, f"{role}-{number}") for role in (Role.IMPORTER, Role.DECLARANT, Role.SELLER)]
    item: dict[str, object] = {
        "importer_id": parties[0].id,
        "declarant_id": parties[1].id,
        "seller_id": parties[2].id,
    }
    item |= {f"field_{field}": float(rng.lognormal(5)) for field in range(30)}
    request = json.dumps({"declaration_id": f"D{number}", "items": [item, item]}).encode()
    details = {
        "columns": [item, item],
        "history": rng.integers(0, 10_000, (2, 80)),
        "contributions": rng.normal(size=(2, 60)),
    }
    began = time.perf_counter()
    record = decision_record(
        vault, id=f"s{number}", recorded_at=_START, client="clearance", key=f"k{number}",
        declaration_id=f"D{number}", version=1, amends=None, selection=_SELECTION, versions=_VERSIONS,
        degraded=(), request=request, details=details, reply=request, parties=parties,
    )  # fmt: skip
    record.leaf()
    return record, time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(run()))
