"""A caller of the service: declarations and outcomes over HTTP, one connection kept open."""

from __future__ import annotations

import http.client
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import polars as pl

from customs.declaration import FIELDS, Field, Kind
from customs.errors import TamizError
from serving.contract import HEADER, ITEM

_SECONDS = 30


class CallError(TamizError):
    """The service refused a request, or did not answer."""


class Caller:
    """Speaks to one service with one API key; use it with `with`."""

    def __init__(self, url: str, api_key: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_SECONDS)
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    def decide(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The decision on a declaration."""
        return self._post("/v1/decisions", request)

    def report(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Hand in outcomes of inspections."""
        return self._post("/v1/outcomes", outcomes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def _post(self, path: str, body: object) -> dict[str, Any]:
        self._connection.request("POST", path, json.dumps(body).encode(), self._headers)
        response = self._connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status >= http.client.BAD_REQUEST:
            raise CallError(
                f"{path}: {response.status} {answer.get('title')}",
                remedy=str(answer.get("remedy", "see the log")),
            )
        return answer


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
