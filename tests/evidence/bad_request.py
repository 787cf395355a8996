"""A request that must be refused, as bytes on the wire, and what is wrong with an answer to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from tests.serving.places import TOKEN, request

KEY = f"X-API-Key: {TOKEN}"
JSON, XML, NDJSON = "application/json", "application/xml", "application/x-ndjson"
DECISIONS, BATCH, OUTCOMES = "/v1/decisions", "/v1/decisions:batch", "/v1/outcomes"
ANY = (400, 404, 405, 408, 413, 415, 422)
"""The refusals of who has a key."""

OUTCOME: dict[str, Any] = {
    "declaration_id": "D-secret-1",
    "item_no": 1,
    "selection_reason": "model",
    "result_at": "2024-05-07T08:00:00-05:00",
    "finding": "none",
    "illicit": 0,
}

_REPEATED = (b"secret", TOKEN.encode())
_INTERNALS = (
    b"Traceback",
    b".py",
    b"Error",
    b"bentoml",
    b"uvicorn",
    b"starlette",
    b"pydantic",
    b"site-packages",
)


@dataclass(frozen=True)
class BadRequest:
    """Bytes to send, one part after the other (a number: seconds to wait before the next), and what may come.

    `statuses` are those that an answer may have: 0 is a connection that is closed without one, 200 what is
    only tried out and may be taken. `lines` tells that the answer is 200 with a refusal a line. What is
    personal in it holds the word `secret`.
    """

    name: str
    parts: tuple[bytes | float, ...]
    statuses: tuple[int, ...]
    lines: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, and after how many seconds; status 0 for nothing but the end of the connection."""

    status: int
    media: str
    body: bytes
    seconds: float


def head(line: str, *headers: str) -> bytes:
    """Give the head of a request."""
    return "\r\n".join([line, "Host: x", *headers, "", ""]).encode("latin-1")


def get(path: str, *headers: str) -> bytes:
    """Give a GET with a key."""
    return head(f"GET {path} HTTP/1.1", KEY, *headers)


def post(path: str, body: bytes, *headers: str, media: str = JSON) -> bytes:
    """Give a POST with a key."""
    framing = (f"Content-Type: {media}", f"Content-Length: {len(body)}")
    return head(f"POST {path} HTTP/1.1", KEY, *framing, *headers) + body


def declaration(change: Callable[[dict[str, Any]], Any] = lambda _: None) -> bytes:
    """Give the JSON of a sound declaration after a change."""
    sound = request("D-secret-1")
    change(sound)
    return json.dumps(sound).encode()


def outcome(**fields: object) -> bytes:
    """Give the JSON of a sound outcome, with these fields."""
    return json.dumps([deepcopy(OUTCOME) | fields]).encode()


def wrong_with(asked: BadRequest, answer: Answer, *, seconds: float) -> str | None:
    """Say what is wrong with an answer to a bad request, or None."""
    if answer.seconds > seconds:
        return f"{asked.name}: answered after {answer.seconds:.1f} s"
    if asked.lines:
        return _wrong_lines(asked, answer)
    if answer.status not in asked.statuses:
        return f"{asked.name}: status {answer.status}: {answer.body[:200]!r}"
    if answer.status in (0, 200) or asked.parts[0].startswith(b"HEAD "):  # type: ignore[union-attr]
        return None
    if answer.media != "application/problem+json":
        return f"{asked.name}: {answer.status} is {answer.media!r}, no problem details"
    fault = _wrong_problem(answer.body, answer.status)
    return f"{asked.name}: {fault}" if fault else None


def _wrong_lines(asked: BadRequest, answer: Answer) -> str | None:
    if (answer.status, answer.media) != (200, NDJSON):
        return f"{asked.name}: status {answer.status}, {answer.media!r}"
    lines = [json.loads(line) for line in answer.body.splitlines()]
    if not lines or any(line["status"] not in ANY for line in lines):
        return f"{asked.name}: lines answered {[line['status'] for line in lines]}"
    faults = (_wrong_problem(json.dumps(line["problem"]).encode(), line["status"]) for line in lines)
    return next((f"{asked.name}: {fault}" for fault in faults if fault), None)


def _wrong_problem(body: bytes, status: int) -> str | None:
    told = json.loads(body)
    if told["status"] != status or not told["type"].startswith("urn:tamiz:problem:"):
        return f"no problem of {status}: {body[:200]!r}"
    if not told["title"] or not told["remedy"]:
        return "a problem without title or remedy"
    if found := [word for word in _REPEATED if word in body.lower()]:
        return f"the answer repeats {found}"
    if found := [word for word in _INTERNALS if word in body]:
        return f"the answer shows {found}"
    return None
