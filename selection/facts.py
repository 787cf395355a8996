"""What rules may ask about an item: its declared fields, typed, and nothing that was not declared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from customs.declaration import FIELDS, Kind
from features.columns import Columns, rows

Facts = Mapping[str, object]
"""One item: text ("" if missing), Decimal (NaN if missing), bool (False if missing), tuples of text."""

TEXT: tuple[str, ...] = tuple(field.name for field in FIELDS if field.kind in (Kind.TEXT, Kind.CODE))
NUMBER: tuple[str, ...] = tuple(field.name for field in FIELDS if field.kind in (Kind.INTEGER, Kind.NUMBER))
FLAG: tuple[str, ...] = tuple(field.name for field in FIELDS if field.kind is Kind.FLAG)
DERIVED: tuple[str, ...] = ("chapter", "heading", "hs6")
LISTS: tuple[str, ...] = ("missing", "warnings")

_EPOCH = date(1970, 1, 1)
_NOT_A_NUMBER = Decimal("NaN")


@dataclass(frozen=True)
class DeclarationFacts:
    """A declaration as rules see it: its id, its customs_date, its office ("" if missing), its items."""

    declaration_id: str
    day: date
    office: str
    items: tuple[Facts, ...]


def facts_of(columns: Columns, warning_names: Sequence[str] = ()) -> DeclarationFacts:
    """The facts of the one declaration in `columns`; `warning_names` names the bits of its warnings."""
    names = (*TEXT, *NUMBER, *FLAG)
    items = []
    for row in range(rows(columns)):
        item: dict[str, object] = {name: columns[name][row] for name in names}
        bits = int(columns["warnings"][row])
        item["warnings"] = [name for bit, name in enumerate(warning_names) if bits >> bit & 1]
        items.append(item_facts(item))
    day = _EPOCH + timedelta(days=int(columns["customs_date"][0]))
    office = columns["office_id"][0] or ""
    return DeclarationFacts(str(columns["declaration_id"][0]), day, office, tuple(items))


def item_facts(item: Mapping[str, object]) -> Facts:
    """The facts of an item given by canonical names; what is absent, None or NaN is missing.

    `missing` lists the missing fields, `chapter`, `heading` and `hs6` are the first 2, 4 and 6 digits of
    `hs_code`. Raises ValueError with the field's name where a value is of another type.

    >>> facts = item_facts({"hs_code": "610910", "cif": 400.0, "importer_aeo": None})
    >>> facts["chapter"], facts["cif"], facts["importer_aeo"], "importer_aeo" in facts["missing"]
    ('61', Decimal('400.0'), False, True)
    """
    given = {name: value for name, value in item.items() if not _absent(value)}
    facts: dict[str, object] = {name: _text(name, given.get(name, "")) for name in TEXT}
    facts |= {name: _number(name, given.get(name, _NOT_A_NUMBER)) for name in NUMBER}
    facts |= {name: _flag(name, given.get(name, False)) for name in FLAG}
    code = str(facts["hs_code"])
    facts |= {"chapter": code[:2], "heading": code[:4], "hs6": code[:6]}
    facts["missing"] = tuple(name for name in (*TEXT, *NUMBER, *FLAG) if name not in given)
    facts["warnings"] = _texts("warnings", given.get("warnings", ()))
    return facts


def _absent(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(name)  # noqa: TRY004 - the caller names the field, whatever is wrong with it
    return value


def _number(name: str, value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer)):
        raise ValueError(name)  # noqa: TRY004 - as above
    return Decimal(repr(float(value)))


def _flag(name: str, value: object) -> bool:
    if value not in (0, 1):
        raise ValueError(name)
    return bool(value)


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(name)  # noqa: TRY004 - as above
    return tuple(_text(name, entry) for entry in value)
