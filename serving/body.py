"""The request in the bytes of a body, whatever form they have."""

from __future__ import annotations

from typing import Any

from features.settings import IntakeSettings
from serving.contract import decision_request
from serving.sad import sad_request
from serving.strict_json import parse

_MOST_ITEMS = 999
"""Goods items that any setting allows."""


def request_in(
    body: bytes, intake: IntakeSettings, *, max_items: int, xml: bool | None = None
) -> dict[str, Any]:
    """Give the checked request for a decision; without `xml` the bytes themselves tell what they are.

    Raises Problem 400 for bytes that cannot be read, 413 and 422 as `contract.decision_request` does.

    >>> request_in(b"<a/>", IntakeSettings(), max_items=9)
    Traceback (most recent call last):
    serving.problem.Problem: ...
    """
    if is_xml(body) if xml is None else xml:
        return decision_request(sad_request(body, intake), max_items=max_items)
    return decision_request(parse(body), max_items=max_items)


def recorded_request(body: bytes, intake: IntakeSettings) -> dict[str, Any]:
    """Give the request in a body that was taken once, whatever the limits are today."""
    return request_in(body, intake, max_items=_MOST_ITEMS)


def is_xml(body: bytes) -> bool:
    """Whether the bytes are XML rather than JSON.

    >>> is_xml(b" <ASYCUDA/>"), is_xml(b"{}")
    (True, False)
    """
    return body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
