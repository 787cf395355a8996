"""JSON as RFC 8259 means it, with one meaning only: no duplicate keys, no NaN, no lone surrogates."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from serving.problem import Fault, Problem

_REMEDY = "send one JSON object, UTF-8, as described in /v1/openapi.json"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_NAME = re.compile(r"[A-Za-z_]{1,40}")
_DEEPEST = 8


def parse(body: bytes) -> object:
    """Give the value that `body` holds.

    Raises Problem 400 for bytes that are no JSON, and for what JSON readers understand differently:
    duplicate keys, NaN and infinities, numbers beyond the range of a double, lone surrogates, deep nesting.

    >>> parse(b'{"cif": 1.5}')
    {'cif': 1.5}
    """
    if _deep(body):
        raise _refusal("the nesting is too deep", f"nest at most {_DEEPEST} levels")
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise _refusal("the body is not UTF-8", _REMEDY) from None
    except RecursionError:
        raise _refusal("the nesting is too deep", f"nest at most {_DEEPEST} levels") from None
    except ValueError:
        raise _refusal("the body is not JSON", _REMEDY) from None
    if _SURROGATE.search(body):
        _refuse_surrogates(value)
    return value


def readable(name: str) -> str:
    """Give the name of a member if it can only be a name, else a stand-in: names may hide values.

    >>> readable("hs_cod"), readable("20131312955")
    ('hs_cod', '(unnamed)')
    """
    return name if _NAME.fullmatch(name) else "(unnamed)"


def _deep(body: bytes) -> bool:
    """True if brackets, counted without regard to strings, could nest deeper than allowed and do."""
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return False
    depth = 0
    for match in _BRACKET.finditer(body):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
            if depth > _DEEPEST:
                return True
        elif token in (b"}", b"]"):
            depth -= 1
    return False


_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
"""A text, even one that never ends: looking for the next quote again and again would take minutes."""


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        (name, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        fault = Fault("", readable(name), "a member stands once", "send each field once")
        raise Problem(400, "duplicate-member", "A member stands twice", _REMEDY, faults=(fault,))
    return members


def _constant(_: str) -> NoReturn:
    raise _refusal("NaN and infinities are not JSON", "leave out what is not known")


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _refusal("a number is beyond the range of a double", "send numbers below 1e308")
    return number


def _refuse_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise _refusal("a text holds half a character", "send text as UTF-8") from None


def _refusal(detail: str, remedy: str) -> Problem:
    return Problem(400, "not-json", "The body cannot be read", remedy, detail=detail)


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant, parse_float=_number)
