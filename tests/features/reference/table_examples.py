"""Rows that every rule accepts, one a kind, and tables and stores made of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from features.columns import Columns
from features.local_time import days_of
from features.reference.intake import AddReport, Provenance, add
from features.reference.kinds import KIND
from features.reference.reference_table import ReferenceTable
from features.reference.schema import frame_of
from features.reference.store import ReferenceStore
from features.reference.token import Tokens
from features.settings import IntakeSettings
from tests.features.intake_examples import csv_file

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SAID = {"source": "gazette", "licence": "free", "retrieved_at": "2023-12-02"}
TIMES = {"valid_from": "2024-01-01", "known_from": "2023-12-01"}
ROWS: dict[str, dict[str, Any]] = {
    "market_prices": {
        "hs_code": "610910", "origin_country": "CN", "price_low": 8, "price_mid": 11.5, "price_high": 14,
        "currency": "USD", "unit": "KGM", "quotes": 12,
    },
    "companies": {
        "importer_id": "20512333797", "registered_on": "2020-02-29", "activity": "4641", "active": 1,
        "address": "Av. Perú 123, Lima", "employees": 7,
    },
    "exchange_rates": {"currency": "EUR", "rate": 1.1},
    "tariff": {"hs_code": "610910", "rate_pct": 11, "specific": 0},
    "hs_correlation": {"edition": "2017", "hs_code": "401511", "to_edition": "2022", "to_code": "401512"},
    "watch_list": {
        "party_kind": "importer", "party": "20512333797", "list_name": "A", "severity": 2, "reason": "seen",
    },
    "preference_agreements": {"preference_code": "CAN", "origin_country": "EC", "rate_pct": 0},
}  # fmt: skip


def row(kind: str, **changes: Any) -> dict[str, Any]:
    """A row of a kind as a file has it."""
    return {**ROWS[kind], **TIMES, **SAID, **changes}


def added(folder: Path, kind: str, *rows: dict[str, Any], **options: Any) -> AddReport:
    """The report of adding rows, by way of a file, to the store below a folder."""
    file = csv_file(folder / "table.csv", rows)
    return add(
        file,
        KIND[kind],
        store(folder),
        quarantine=folder / "quarantine",
        settings=IntakeSettings(),
        now=options.pop("now", NOW),
        tokens=Tokens(b"k" * 32),
        provenance=options.pop("provenance", Provenance()),
        **options,
    )


def store(folder: Path) -> ReferenceStore:
    return ReferenceStore(folder / "references")


def table(kind: str, *rows: dict[str, Any]) -> ReferenceTable:
    """A table of rows of Python values: dates as dates, `known_from` as a date of UTC."""
    held = []
    for one in rows:
        known = one.get("known_from", date(2023, 12, 1))
        times = {"known_from": datetime(known.year, known.month, known.day, tzinfo=UTC), "withdrawn": 0.0}
        held.append(
            {**SAID, "valid_from": date(2024, 1, 1), **times, **one, "known_from": times["known_from"]}
        )
        held[-1].pop("retrieved_at")
    return ReferenceTable.build(KIND[kind], frame_of(KIND[kind], held))


def items(day: date = date(2024, 3, 1), **fields: list[Any]) -> Columns:
    """Columns of items declared on one day."""
    count = len(next(iter(fields.values())))
    columns: Columns = {"customs_date": np.full(count, days_of(day), np.int32)}
    for name, values in fields.items():
        columns[name] = np.empty(count, dtype=object)
        columns[name][:] = values
    return columns
