"""What rules may ask about an item: its declared fields, typed, and nothing that was not declared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    items = tuple(ItemFacts(_item(columns, row, warning_names)) for row in range(rows(columns)))
    day = _EPOCH + timedelta(days=int(columns["customs_date"][0]))
    office = columns["office_id"][0] or ""
    return DeclarationFacts(str(columns["declaration_id"][0]), day, office, items)


def item_facts(item: Mapping[str, object]) -> Facts:
    """The facts of an item given by canonical names; what is absent, None or NaN is missing.

    `missing` lists the missing fields, `chapter`, `heading` and `hs6` are the first 2, 4 and 6 digits of
    `hs_code`. Raises ValueError with the field's name where a value is of another type.

    >>> facts = item_facts({"hs_code": "610910", "cif": 400.0, "importer_aeo": None})
    >>> facts["chapter"], facts["cif"], facts["importer_aeo"], "importer_aeo" in facts["missing"]
    ('61', Decimal('400.0'), False, True)
    """
    return dict(ItemFacts(item.get))


class ItemFacts(Facts):
    """The facts of an item, each made when it is first asked for: rules ask for few of them.

    `given` gives what was declared by canonical name.
    """

    def __init__(self, given: Callable[[str], object]) -> None:
        self._given = given
        self._made: dict[str, object] = {}

    def __getitem__(self, name: str) -> object:
        """Give a fact; ValueError with the field's name where the value is of another type."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """True for the name of a fact."""
        return name in _NAMES

    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        return iter(_NAMES)

    def __len__(self) -> int:
        """Give the number of facts."""
        return len(_NAMES)

    def _make(self, name: str) -> object:
        if name in _DIGITS:
            return str(self["hs_code"])[: _DIGITS[name]]
        if name == "missing":
            return tuple(field for field in _DECLARED if _absent(self._given(field)))
        if name == "warnings":
            given = self._given(name)
            return () if given is None else _texts(name, given)
        read, nothing = _DECLARED[name]
        value = self._given(name)
        return nothing if _absent(value) else read(name, value)


def _item(columns: Columns, row: int, warning_names: Sequence[str]) -> Callable[[str], object]:
    def given(name: str) -> object:
        if name != "warnings":
            value: object = columns[name][row]
            return value
        bits = int(columns[name][row])
        return [rule for bit, rule in enumerate(warning_names) if bits >> bit & 1]

    return given


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


_DECLARED: Mapping[str, tuple[Callable[[str, object], object], object]] = {
    **dict.fromkeys(TEXT, (_text, "")),
    **dict.fromkeys(NUMBER, (_number, _NOT_A_NUMBER)),
    **dict.fromkeys(FLAG, (_flag, False)),
}
"""How a declared field is read, and what stands where it is missing."""

_DIGITS: Mapping[str, int] = {"chapter": 2, "heading": 4, "hs6": 6}
_NAMES = frozenset((*_DECLARED, *DERIVED, *LISTS))
