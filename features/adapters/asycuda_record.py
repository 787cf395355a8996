"""An ASYCUDA document as canonical records, one an item; what the document says once repeats on each."""

from __future__ import annotations

import math
import re
from datetime import datetime

from customs.declaration import FIELD, Kind
from features.adapters.asycuda_document import Document, Group
from features.adapters.asycuda_elements import (
    COMMODITY,
    CONTAINER,
    CONTAINER_ITEM,
    CURRENCY,
    DELIVERY,
    ELEMENTS,
    PRECISION,
    RATE,
    REFERENCE,
    REGISTRATION,
    TYPE,
    Element,
)
from features.adapters.code_list import CODE_LISTS
from features.codes.incoterms import PRICED_AS_FOB
from features.settings import AsycudaSettings

Value = str | float | None
Record = dict[str, Value]

_LONGEST_CODE = 10
_NUMBERS = (Kind.NUMBER, Kind.INTEGER)
_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}.*", re.ASCII)
_MODE = re.compile(r"0?[0-9]|[1-9][0-9]", re.ASCII)


def records_of(document: Document, settings: AsycudaSettings) -> list[Record]:
    """A record an item, of the fields it has. What cannot be read stays as text, to be refused by name."""
    head = _head(document.head, settings)
    return [
        {
            name: value
            for name, value in (head | _item(document, number, settings)).items()
            if value is not None
        }
        for number in range(1, len(document.items) + 1)
    ]


def _head(head: Group, settings: AsycudaSettings) -> Record:
    record = {element.field: _value(head, element) for element in ELEMENTS if not element.of_item}
    date = _date(record["accepted_at"], settings.date_format)
    return record | {
        "declaration_id": _declaration(head, record, date),
        "accepted_at": date,
        "import_type": "".join(filter(None, map(head.text, TYPE))) or None,
        "transport_mode": _mode(head.text(*_paths("transport_mode")), settings),
    }


def _declaration(head: Group, record: Record, date: Value) -> str | None:
    number, reference = head.text(f"{REGISTRATION}/Number"), head.text(REFERENCE)
    if number is not None:
        serial = head.text(f"{REGISTRATION}/Serial_number") or ""
        parts: tuple[Value, ...] = (record["office_id"], str(date)[:4], serial + number)
    else:
        parts = (record["office_id"], record["declarant_id"], reference)
    return None if None in parts else "-".join(map(str, parts))


def _item(document: Document, number: int, settings: AsycudaSettings) -> Record:
    item, head = document.items[number - 1], document.head
    record = {element.field: _value(item, element) for element in ELEMENTS if element.of_item}
    terms = record["incoterm"] or head.text(DELIVERY)
    unit = item.text(*_paths("unit"))
    return record | {
        "item_no": number,
        "container_id": _container(document, number),
        "incoterm": terms,
        "hs_code": _code(item),
        "unit": settings.units.get(unit, unit) if unit else None,
        "packages": _whole(record["packages"]),
        "currency": _currency(item.text(*_paths("currency")) or head.text(CURRENCY)),
        "fx_rate": _rate(record["fx_rate"], head),
        "fob": record["fob"] if terms in PRICED_AS_FOB else None,
        "freight": _sum(item, _paths("freight"), (1, 1)),
        "adjustment": _sum(item, _paths("adjustment"), (1, -1)),
    }


def _paths(field: str) -> tuple[str, ...]:
    return _PATHS[field]


_PATHS = {element.field: element.paths for element in ELEMENTS}


def _value(group: Group, element: Element) -> Value:
    text = group.text(*element.paths)
    return _number(text) if FIELD[element.field].kind in _NUMBERS else text


def _number(text: str | None) -> Value:
    """The number a text is, else the text."""
    if text is None or not _NUMBER.fullmatch(text):
        return text
    number = float(text)
    return number if math.isfinite(number) else text


def _date(text: Value, form: str) -> Value:
    """A date as ISO 8601; the text where it is none."""
    if not isinstance(text, str) or _ISO_DATE.fullmatch(text):
        return text
    try:
        return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 (a date has no zone)
    except ValueError:
        return text


def _mode(code: str | None, settings: AsycudaSettings) -> Value:
    """Box 25: one digit, with or without a zero before it, or two digits of which the first is the mode."""
    if code is None:
        return None
    if code in settings.transport_modes:
        return settings.transport_modes[code]
    if not _MODE.fullmatch(code):
        return code
    return int(code.removeprefix("0")[:1] or "0")


def _code(item: Group) -> str | None:
    code, precision = item.text(COMMODITY), item.text(PRECISION)
    if code is None or precision is None or len(code + precision) > _LONGEST_CODE:
        return code
    return code + precision


def _whole(count: Value) -> Value:
    return None if isinstance(count, float) and not count.is_integer() else count


def _currency(code: str | None) -> str | None:
    return None if code is None else CODE_LISTS["currency"](code) or code


def _rate(rate: Value, head: Group) -> Value:
    """A rate of zero stands in documents where there is none."""
    rate = rate or _number(head.text(RATE))
    return rate or None


def _sum(group: Group, paths: tuple[str, ...], signs: tuple[int, ...]) -> Value:
    """Amounts added by their signs; missing where all are, and the text of the one that is no number."""
    amounts = [(_number(group.text(path)), sign) for path, sign in zip(paths, signs, strict=True)]
    unread = [amount for amount, _ in amounts if isinstance(amount, str)]
    if unread:
        return unread[0]
    told = [sign * amount for amount, sign in amounts if isinstance(amount, float)]
    return sum(told) if told else None


def _container(document: Document, number: int) -> str | None:
    containers = document.containers
    for container in containers:
        if container.text(CONTAINER_ITEM) == str(number):
            return container.text(CONTAINER)
    only = containers[0] if len(containers) == 1 else None
    return only.text(CONTAINER) if only and only.text(CONTAINER_ITEM) is None else None
