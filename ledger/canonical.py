"""Canonical JSON (RFC 8785): the one text of a JSON value, in which records are hashed."""

from __future__ import annotations

import json

import rfc8785

from ledger.errors import RecordError

_TEXT = json.JSONEncoder(ensure_ascii=False)


def canonical(value: object) -> bytes:
    """The canonical bytes of a JSON value: names in the order of their UTF-16 code units, no blanks.

    Of texts Python's own encoder writes what the RFC asks for, many times as quickly; numbers, which it
    writes in another way (1.0, 1e-07), are left to `rfc8785`. Raises RecordError for what is no JSON, and
    where text cannot be written as UTF-8 (a lone surrogate).

    >>> canonical({"small": 1e-7, "box": "é\\n", "all": [1.0, None]})
    b'{"all":[1,null],"box":"\\xc3\\xa9\\\\n","small":1e-7}'
    """
    try:
        return _written(value).encode()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise RecordError(
            "the record cannot be written as JSON", remedy="refuse such text at intake"
        ) from error


def _written(value: object) -> str:
    if isinstance(value, str):
        return _TEXT.encode(value)
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join([f"{_TEXT.encode(name)}:{_written(entry)}" for name, entry in members]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_written(entry) for entry in value]) + "]"
    return rfc8785.dumps(value).decode()  # type: ignore[arg-type]  # refuses what is no JSON
