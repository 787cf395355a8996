"""Declarations by the line: each answered in its place while more are coming, whatever the others were."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Receive, Send

from serving.answer import DecisionAnswer
from tests.serving.caller import Answer, Caller
from tests.serving.desks import MemoryDesk, application
from tests.serving.house import House
from tests.serving.places import TOKEN, request, workspace

BATCH = "/v1/decisions:batch"
NDJSON = {"content-type": "application/x-ndjson"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return workspace(tmp_path).client_keys


def guarded(keys: Path, log: io.StringIO, **limits: Any) -> Caller:
    return Caller(application(MemoryDesk(), keys, log, **limits), {"X-API-Key": TOKEN})


def lines(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.body.splitlines()]


def test_each_line_is_answered_as_a_request_of_its_own_in_its_place(house: House) -> None:
    sent = [json.dumps(request(f"L-{number}")) for number in range(6)]
    sent[2] = '{"declaration": {}}'
    sent[4] = "{"
    answers = lines(house.caller.call("POST", BATCH, ["\n".join(sent).encode()], NDJSON))
    assert [(one["line"], one["status"]) for one in answers] == [
        (1, 200), (2, 200), (3, 422), (4, 200), (5, 400), (6, 200),
    ]  # fmt: skip
    assert answers[2]["problem"]["errors"][0]["remedy"]
    told = DecisionAnswer.model_validate(answers[5]["answer"])
    alone = house.caller.post("/v1/decisions", json.loads(sent[5]))
    assert (told.declaration_id, alone.json()) == ("L-5", answers[5]["answer"])


def test_the_same_declaration_twice_in_a_batch_is_decided_once(house: House) -> None:
    before = house.count
    line = json.dumps(request("twice", items=5)).encode() + b"\n"
    first, *others = lines(house.caller.call("POST", BATCH, [line * 4], NDJSON))
    assert [one["answer"] for one in others] == [first["answer"]] * 3
    assert house.count == before + 1


def converse(app: ASGIApp, receive: Receive, send: Send) -> None:
    """Send a batch over a connection whose caller sends and reads as it likes."""
    headers = [(b"x-api-key", TOKEN.encode()), (b"content-type", b"application/x-ndjson")]
    scope = {"type": "http", "method": "POST", "path": BATCH, "root_path": "", "query_string": b""}
    asyncio.run(asyncio.wait_for(app({**scope, "headers": headers}, receive, send), 10))


def first_said(app: ASGIApp, receive: Receive) -> Any:
    """The first line that a caller is answered who never ends a batch."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    converse(app, receive, send)
    return json.loads(sent[1]["body"])


def test_a_line_is_answered_before_the_next_one_is_sent(keys: Path) -> None:
    """The caller of this connection sends its second line only when it has the answer to its first."""
    app = application(MemoryDesk(), keys, io.StringIO())
    answered = asyncio.Event()
    sent: list[bytes] = []
    one, two = (json.dumps(request(name)).encode() + b"\n" for name in ("one", "two"))
    parts = iter([one, two])

    async def receive() -> dict[str, Any]:
        part = next(parts, None)
        if part == two:
            await answered.wait()
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))
        if b'"line":1' in sent[-1]:
            answered.set()

    converse(app, receive, send)
    assert [json.loads(part)["line"] for part in sent if part] == [1, 2]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(data=st.data(), count=st.integers(0, 6), ending=st.sampled_from([b"", b"\n", b"\r\n", b"\n\n"]))
def test_however_a_batch_is_cut_into_parts_its_lines_are_the_same(
    keys: Path, data: st.DataObject, count: int, ending: bytes
) -> None:
    body = b"\r\n".join(json.dumps(request(f"D-{number}")).encode() for number in range(count)) + ending
    at = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=5)))
    parts = [body[a:b] for a, b in zip([0, *at], [*at, len(body)], strict=True)]
    answers = lines(guarded(keys, io.StringIO()).call("POST", BATCH, parts, NDJSON))
    assert [(one["line"], one["status"]) for one in answers] == [(place + 1, 200) for place in range(count)]


def test_what_goes_wrong_within_shows_nothing_and_stops_no_other_line(keys: Path) -> None:
    log = io.StringIO()
    sent = "\n".join(json.dumps(request(name)) for name in ("a", "explode", "b")).encode()
    answers = lines(guarded(keys, log).call("POST", BATCH, [sent], NDJSON))
    assert [one["status"] for one in answers] == [200, 500, 200]
    assert "secret" not in json.dumps(answers) + log.getvalue()
    assert "RuntimeError" in log.getvalue()


@pytest.mark.parametrize("tail", [b"", b"\n" + b"[]"])
def test_a_line_that_is_too_long_is_refused_and_ends_the_batch(keys: Path, tail: bytes) -> None:
    sound = json.dumps(request("a")).encode()
    parts = [sound + b"\n", b" " * 3000, b" " * 3000 + tail]
    answers = lines(guarded(keys, io.StringIO(), max_body_bytes=2048).call("POST", BATCH, parts, NDJSON))
    assert [(one["line"], one["status"]) for one in answers] == [(1, 200), (2, 413)]


def test_a_batch_has_no_more_lines_than_the_setting(keys: Path) -> None:
    sound = b"\n".join(json.dumps(request(f"D-{number}")).encode() for number in range(4)) + b"\n"
    answers = lines(guarded(keys, io.StringIO(), max_batch=3).call("POST", BATCH, [sound], NDJSON))
    assert [one["status"] for one in answers] == [200, 200, 200, 413]


def test_a_caller_who_stops_sending_is_told_and_let_go(keys: Path) -> None:
    app = application(MemoryDesk(), keys, io.StringIO(), body_seconds=0.05)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        raise AssertionError("not reached")

    assert first_said(app, receive)["status"] == 408


def test_a_line_that_comes_byte_by_byte_is_given_up(keys: Path) -> None:
    app = application(MemoryDesk(), keys, io.StringIO(), body_seconds=0.1)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    assert first_said(app, receive)["status"] == 408


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_a_batch_is_of_its_own_kind_alone(keys: Path, kind: str) -> None:
    refused = guarded(keys, io.StringIO()).call("POST", BATCH, [b"{}"], {"content-type": kind})
    assert refused.status == 415
    assert "application/x-ndjson" in refused.json()["remedy"]
