"""A SAD document of ASYCUDA World as a request: what it says, in the names of the canonical declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from customs.declaration import FIELD, Kind
from features.adapters.asycuda_xml import declaration_of
from features.settings import IntakeSettings
from serving.contract import HEADER, ITEM
from serving.problem import Problem


def sad_request(xml: bytes, settings: IntakeSettings) -> dict[str, Any]:
    """Give what a document says, for `contract.decision_request` to check, as JSON would have said it.

    Raises Problem 400 for what is no such document, or is one that could harm.

    >>> sad_request(b"<ASYCUDA><Item/></ASYCUDA>", IntakeSettings())
    {'declaration': {}, 'items': [{'item_no': 1}]}
    """
    reading = declaration_of(xml, settings)
    if reading.error is not None:
        raise Problem(
            400,
            "document",
            "The document cannot be read",
            str(reading.error.remedy),
            detail=str(reading.error),
        )
    return {
        "declaration": _said(reading.records[0], HEADER),
        "items": [_said(record, ITEM) for record in reading.records],
    }


def _said(record: Mapping[str, object], names: Sequence[str]) -> dict[str, Any]:
    return {name: _counted(name, record[name]) for name in names if name in record}


def _counted(name: str, value: object) -> object:
    """Give whole numbers as JSON has them."""
    whole = FIELD[name].kind is Kind.INTEGER and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value  # type: ignore[call-overload]
