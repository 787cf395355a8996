"""A small national format, and mapping files made of changes to its mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

MAPPING: dict[str, Any] = {
    "title": "Example",
    "description": "An example.",
    "source": "nobody",
    "licence": "none needed",
    "fields": {
        "declaration_id": "id",
        "item_no": "no",
        "accepted_at": "date",
        "office_id": "office",
        "importer_id": "importer",
        "origin_country": "origin",
        "hs_code": "code",
        "cif": "value",
    },
}
ROW = {
    "id": "D1",
    "no": "1",
    "date": "2024-03-05",
    "office": "118",
    "importer": "I1",
    "origin": "CN",
    "code": "870323",
    "value": "10",
}


def mapping_file(folder: Path, fields: dict[str, Any] | None = None, **changes: Any) -> Path:
    """The example's mapping with other fields and keys; None takes one out."""
    mapping = {**MAPPING, **changes, "fields": {**MAPPING["fields"], **(fields or {})}}
    mapping["fields"] = {name: how for name, how in mapping["fields"].items() if how is not None}
    text = yaml.safe_dump(
        {key: value for key, value in mapping.items() if value is not None}, sort_keys=False
    )
    path = folder / "example.yaml"
    path.write_text(text, encoding="utf-8")
    return path
