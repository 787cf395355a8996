"""JSON in the very bytes that Python's own writer gives, made some ten times as quickly."""

from __future__ import annotations

import math
from typing import TypeAlias

import msgspec

Spelled: TypeAlias = float | msgspec.Raw
"""A float as it is handed over to be written."""

_AS_GIVEN = msgspec.json.Encoder()
_SORTED = msgspec.json.Encoder(order="deterministic")
_SMALL, _LARGE = 1e-4, 1e16


def json_bytes(value: object, *, in_order: bool = False) -> bytes:
    """The bytes of a JSON value, UTF-8 without blanks; `in_order` sorts names by their code points.

    They are those of `json.dumps` (text unescaped but for quotes, backslashes and controls) if each of its
    floats is `spelled`. Raises UnicodeEncodeError for a lone surrogate.

    >>> json_bytes({"risk": spelled(1e-07), "city": "Callao — Perú", "items": (1.0, None)}).decode()
    '{"risk":1e-07,"city":"Callao — Perú","items":[1.0,null]}'
    """
    return (_SORTED if in_order else _AS_GIVEN).encode(value)


def spelled(number: float) -> Spelled:
    """A float that is written as Python writes it; ValueError for what JSON has not, NaN and infinities.

    Writers differ in when, and how, they write an exponent, and in nothing else.
    """
    if _SMALL <= number < _LARGE or -_LARGE < number <= -_SMALL or number == 0:
        return float(number)
    if not math.isfinite(number):
        raise ValueError("NaN and infinities are not JSON")
    return msgspec.Raw(repr(float(number)).encode())
