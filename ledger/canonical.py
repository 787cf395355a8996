"""Canonical JSON (RFC 8785): the one text of a JSON value, in which records are hashed."""

from __future__ import annotations

import msgspec
import rfc8785

from ledger.errors import RecordError
from ledger.exact import LARGEST
from ledger.json_bytes import json_bytes


def canonical(value: object) -> bytes:
    """The canonical bytes of a JSON value: names in the order of their UTF-16 code units, no blanks.

    Of texts `json_bytes` writes what the RFC asks for, many times as quickly; floats, which it writes in
    another way (1.0, 1e-07), are left to `rfc8785`. Raises RecordError for what is no JSON, and where text
    cannot be written as UTF-8 (a lone surrogate).

    >>> canonical({"small": 1e-7, "box": "é\\n", "all": [1.0, None]})
    b'{"all":[1,null],"box":"\\xc3\\xa9\\\\n","small":1e-7}'
    """
    try:
        return json_bytes(_ordered(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise RecordError(
            "the record cannot be written as JSON", remedy="refuse such text at intake"
        ) from error


def _ordered(value: object) -> object:
    """The value with its names in order and its floats as the RFC spells them."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is dict:
        return {name: _ordered(value[name]) for name in _in_order(value)}  # type: ignore[index, arg-type]
    if kind is list:
        return [_ordered(entry) for entry in value]  # type: ignore[attr-defined]
    if kind is int and -LARGEST <= value <= LARGEST:  # type: ignore[operator]
        return value
    return msgspec.Raw(rfc8785.dumps(value))  # type: ignore[arg-type]  # refuses what is no JSON


def _in_order(names: dict[str, object]) -> list[str]:
    if "".join(names).isascii():
        return sorted(names)
    return sorted(names, key=lambda name: name.encode("utf-16-be"))
