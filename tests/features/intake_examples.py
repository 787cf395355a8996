"""Rows that every rule accepts, and files made of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2024, 6, 1, tzinfo=UTC)

ITEM: dict[str, Any] = {
    "declaration_id": "118-2024-10-000001",
    "item_no": 1,
    "version": 1,
    "accepted_at": "2024-03-05T10:30:00-05:00",
    "known_at": "2024-03-05T10:31:00-05:00",
    "office_id": "118",
    "regime": "10",
    "importer_id": "20512333797",
    "declarant_id": "B1",
    "seller_id": "S1",
    "importer_aeo": False,
    "transport_mode": 1,
    "container_id": "CSQU3054383",
    "departure_country": "CN",
    "origin_country": "CN",
    "preference_code": "CN",
    "incoterm": "FOB",
    "hs_code": "8703232226",
    "hs_edition": "2022",
    "description": "vehículo, nuevo",
    "brand": "ACME",
    "quantity": 2,
    "unit": "H87",
    "packages": 2,
    "gross_kg": 2100.0,
    "net_kg": 2000.0,
    "currency": "USD",
    "invoice_amount": 9000.0,
    "fx_rate": 1.0,
    "fob": 9000.0,
    "freight": 800.0,
    "insurance": 200.0,
    "adjustment": 0.0,
    "cif": 10000.0,
    "valuation_method": 1,
    "tax_rate_pct": 18.0,
    "specific_duties": False,
    "total_taxes": 1800.0,
}

OUTCOME: dict[str, Any] = {
    "declaration_id": "118-2024-10-000001",
    "item_no": 1,
    "version": 1,
    "lane": "red",
    "selection_reason": "random",
    "p_document": 0.1,
    "p_physical": 0.02,
    "inspected_at": "2024-03-10",
    "result_at": "2024-03-12T09:00:00-05:00",
    "finding": "value",
    "illicit": 1,
    "critical": 0,
    "assessed_cif": 12000.0,
    "assessed_hs_code": "870323",
    "assessed_origin": "CN",
    "additional_revenue": 360.0,
    "officer_id": "O1",
}


def item(**changes: Any) -> dict[str, Any]:
    return {**ITEM, **changes}


def outcome(**changes: Any) -> dict[str, Any]:
    return {**OUTCOME, **changes}


def spelled(value: object) -> str:
    """A value as a CSV file spells it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def csv_file(path: Path, rows: Sequence[Mapping[str, object]], names: Sequence[str] | None = None) -> Path:
    names = list(names or dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(names)
        writer.writerows([[spelled(row.get(name)) for name in names] for row in rows])
    return path


def quarantined(folder: Path) -> list[dict[str, Any]]:
    """All entries of the quarantine, file by file."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
