"""The request for a declaration, made from its canonical rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from customs.declaration import FIELDS, Field, Kind
from serving.contract import HEADER, ITEM


def request_of(items: pl.DataFrame) -> dict[str, Any]:
    """The request for the canonical rows of one declaration.

    >>> row = {"declaration_id": "A", "item_no": 1, "importer_aeo": 1.0, "cif": 2.5, "brand": None}
    >>> request_of(pl.DataFrame([row]))
    {'declaration': {'declaration_id': 'A', 'importer_aeo': True}, 'items': [{'item_no': 1, 'cif': 2.5}]}
    """
    rows = items.to_dicts()
    return {"declaration": _told(rows[0], HEADER), "items": [_told(row, ITEM) for row in rows]}


def _told(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    known = {name: row.get(name) for name in names}
    return {name: _plain(value, _FIELD[name]) for name, value in known.items() if not _missing(value)}


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _plain(value: Any, field: Field) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if field.kind is Kind.FLAG:
        return bool(value)
    return int(value) if field.kind is Kind.INTEGER else value


_FIELD = {field.name: field for field in FIELDS}
