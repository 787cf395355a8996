"""Made-up declarations with a made-up history: what the recipe must still make of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns, from_records
from features.history.entities import HISTORY_NAMES
from features.recipe import Recipe
from features.reference.row_numbers import MISSING
from features.reference.tables import REFERENCE_NAMES

_FULL: dict[str, object] = {
    "declaration_id": "golden-1", "item_no": 1, "accepted_at": "2024-03-01T10:00:00-05:00",
    "office_id": "118", "regime": "10", "importer_id": "I", "declarant_id": "D", "seller_id": "S",
    "importer_aeo": False,
    "transport_mode": 1, "departure_country": "CN", "origin_country": "CN", "preference_code": "805",
    "incoterm": "FOB", "hs_code": "8471300000", "brand": "Golden", "quantity": 120, "unit": "H87",
    "packages": 12, "gross_kg": 260.5, "net_kg": 240.25, "currency": "USD", "invoice_amount": 36000,
    "fx_rate": 1, "fob": 36000, "freight": 900, "insurance": 100, "adjustment": 0, "cif": 37000,
    "valuation_method": 1, "tax_rate_pct": 18, "tax_type": "A", "total_taxes": 6660,
}  # fmt: skip
_SPARE: dict[str, object] = {
    "declaration_id": "golden-2", "item_no": 1, "accepted_at": "2024-03-02", "office_id": "235",
    "importer_id": "J", "origin_country": "PE", "hs_code": "620342", "cif": 1234.5,
}  # fmt: skip

ITEMS: tuple[dict[str, object], ...] = (
    _FULL,
    _FULL | {"item_no": 2, "hs_code": "640399", "cif": 512.25, "net_kg": 31.5, "packages": 0, "freight": 0},
    _SPARE,
)


def golden_matrix(recipe: Recipe) -> NDArray[np.float64]:
    """Give the recipe's matrix of the made-up declarations, (3, columns)."""
    columns = from_records(ITEMS, time_zone="America/Lima").columns
    columns["warnings"] = np.array([0, 5, 1 << 9], dtype=np.uint64)
    return recipe.matrix(columns, _history(columns))


def _history(columns: Columns) -> dict[str, NDArray[Any]]:
    """Give counts that differ by name and row; days of the month before, and never in the last row."""
    values: dict[str, NDArray[Any]] = {}
    for number, name in enumerate(HISTORY_NAMES):
        if name.endswith("_day"):
            values[name] = np.where([True, True, False], columns["customs_date"] - 1 - number, -1).astype(
                np.int64
            )
        elif name.endswith(("_sum", "_sq")):
            values[name] = np.array([90_000 + 777 * number, -5 * number, 0], dtype=np.int64)
        else:
            values[name] = np.array([7 + number % 5, number % 3, 0], dtype=np.int64)
    for number, name in enumerate(REFERENCE_NAMES):
        values[name] = np.array([1_000 + 77 * number, number % 2, MISSING], dtype=np.int64)
    return values
