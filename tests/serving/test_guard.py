"""The guard: nobody without a key, nothing but whole JSON, no internals and nothing personal going out."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from serving.desk import Reply
from serving.metrics import Metrics
from serving.standing import Standing
from tests.serving.caller import Answer, Caller
from tests.serving.desks import MemoryDesk, application
from tests.serving.places import OFFICER_TOKEN, OLD_TOKEN, TOKEN, request, workspace

KEY = {"Authorization": f"Bearer {TOKEN}"}
NOTHING = Standing(None, writable=False, profile_days=None, quota=())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace(tmp_path_factory.mktemp("guard")).client_keys


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def client(keys: Path, log: io.StringIO) -> Caller:
    return Caller(application(MemoryDesk(), keys, log, max_body_bytes=4096))


PATHS = ["/", "/docs.json", "/metrics", "/schema.json", "/livez", "/readyz", "/healthz", "/v1", "/v1/ready"]
PATHS += [
    "/v1/openapi.json",
    "/v1/models/champion",
    "/v1/decisions/d1",
    "/v1//live",
    "/v1/live/",
    "/static_content/x",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_path_but_liveness_is_closed_without_a_key(client: Caller, path: str) -> None:
    answer = client.get(path)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


def test_liveness_needs_no_key_and_is_not_logged(client: Caller, log: io.StringIO) -> None:
    assert client.get("/v1/live").json() == {"status": "live"}
    assert log.getvalue() == ""


@pytest.mark.parametrize(
    "path",
    ["/", "/metrics", "/docs.json", "/v1", "/v1/nothing", "/v1/live/", "/v1//live", "/v1/a\nb", "/v1/\x7f"],
)
def test_what_is_not_ours_does_not_exist_even_with_a_key(client: Caller, path: str) -> None:
    answer = client.call("GET", path, headers=KEY)
    assert (answer.status, answer.json()["status"]) == (404, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer "},
        {"X-API-Key": ""},
        {"X-API-Key": "x" * 10_000},
        {"X-API-Key": OLD_TOKEN},
        {"X-API-Key": "wrong", "Authorization": f"Bearer {TOKEN}"},
    ],
)
def test_a_wrong_expired_or_ambiguous_key_is_refused(client: Caller, headers: dict[str, str]) -> None:
    assert client.call("GET", "/v1/ready", headers=headers).status == 401


def test_a_key_of_another_role_is_refused(client: Caller) -> None:
    answer = client.call("GET", "/v1/ready", headers={"X-API-Key": OFFICER_TOKEN})
    assert (answer.status, answer.json()["type"]) == (403, "urn:tamiz:problem:role")


def test_either_header_opens_the_door(client: Caller) -> None:
    assert client.call("GET", "/v1/decisions/d1", headers={"X-API-Key": TOKEN}).status == 200
    assert client.call("GET", "/v1/decisions/d1", headers=KEY).status == 200


def test_a_revoked_key_is_refused_from_the_next_request_on(tmp_path: Path, log: io.StringIO) -> None:
    keys = workspace(tmp_path).client_keys
    client = Caller(application(MemoryDesk(), keys, log))
    assert client.call("GET", "/v1/decisions/d1", headers=KEY).status == 200
    clients = json.loads(keys.read_text())
    clients[0]["revoked_at"] = "2024-02-01T00:00:00+00:00"
    keys.write_text(json.dumps(clients))
    assert client.call("GET", "/v1/decisions/d1", headers=KEY).status == 401


@pytest.mark.parametrize("damage", ["{", "[1]", '[{"name": "x"}]', "null", '"text"'])
def test_a_damaged_key_file_leaves_the_last_good_keys_in_force(
    tmp_path: Path, log: io.StringIO, damage: str
) -> None:
    keys = workspace(tmp_path).client_keys
    client = Caller(application(MemoryDesk(), keys, log))
    assert client.call("GET", "/v1/decisions/d1", headers=KEY).status == 200
    keys.write_text(damage)
    assert client.call("GET", "/v1/decisions/d1", headers=KEY).status == 200
    keys.unlink()
    assert client.call("GET", "/v1/decisions/d1", headers=KEY).status == 401


def test_who_asks_for_another_protocol_is_told_what_to_do(client: Caller) -> None:
    asked = {"content-type": "application/json", "connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c"}
    answer = client.call("POST", "/v1/decisions", [b"{}"], {**KEY, **asked})
    assert (answer.status, answer.json()["type"]) == (400, "urn:tamiz:problem:upgrade")
    assert "HTTP_1_1" in answer.json()["remedy"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/vnd.bentoml+pickle"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/xhtml+xml"},
        {"Content-Type": "application/xml; charset=utf-16"},
        {"Content-Type": "application/x-ndjson"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_only_plain_json_and_xml_are_taken(client: Caller, headers: dict[str, str]) -> None:
    answer = client.call("POST", "/v1/decisions", [b"{}"], {**KEY, **headers})
    assert (answer.status, answer.json()["type"]) == (415, "urn:tamiz:problem:media-type")


@pytest.mark.parametrize("name", ["content-type", "content-encoding", "idempotency-key"])
@pytest.mark.parametrize("values", [("application/json", "text/plain"), ("identity", "identity")], ids=str)
def test_a_header_of_which_one_of_two_would_count_is_refused(
    client: Caller, name: str, values: tuple[str, str]
) -> None:
    headers = [(b"x-api-key", TOKEN.encode()), *((name.encode(), value.encode()) for value in values)]
    sent = asyncio.run(_post(client.app, [b"{}"], headers))
    assert (sent[0]["status"], json.loads(sent[1]["body"])["type"]) == (
        400,
        "urn:tamiz:problem:repeated-header",
    )


def test_a_body_is_counted_while_it_arrives_whatever_its_length_header_says(client: Caller) -> None:
    taken: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            taken.append(1)
            yield b" " * 1000

    headers = {**KEY, "Content-Type": "application/json"}
    answer = client.call("POST", "/v1/decisions", endless(), headers)
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert len(taken) < 30
    for length, status in (("999999999999", 413), ("9" * 5000, 413), ("-1", 400), ("many", 400)):
        announced = {**headers, "Content-Length": length}
        assert client.call("POST", "/v1/decisions", [b"{}"], announced).status == status


def test_a_slow_body_is_given_up(keys: Path, log: io.StringIO) -> None:
    sent = asyncio.run(_post(application(MemoryDesk(), keys, log, body_seconds=0.05), [b"{"]))
    assert sent[0]["status"] == 408


def test_a_caller_that_goes_away_gets_nothing_and_nothing_breaks(keys: Path, log: io.StringIO) -> None:
    assert asyncio.run(_post(application(MemoryDesk(), keys, log), [b"{", None])) == []


def test_too_many_requests_at_once_are_refused_at_once(keys: Path, log: io.StringIO) -> None:
    guard = application(MemoryDesk(), keys, log, max_in_flight=1)

    async def both() -> list[int]:
        slow = asyncio.create_task(_post(guard, [b"{"]))
        await asyncio.sleep(0.02)
        began = time.perf_counter()
        refused = await _post(guard, [b"{}"])
        assert time.perf_counter() - began < 0.6
        slow.cancel()
        return [refused[0]["status"]]

    assert asyncio.run(both()) == [503]


class SlowDesk(MemoryDesk):
    """Decides when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def decide(self, body: bytes, request: Mapping[str, Any], client: str, key: str | None) -> Reply:
        await self.go.wait()
        return await super().decide(body, request, client, key)


def test_who_would_wait_behind_too_many_is_told_at_once_to_come_again(keys: Path, log: io.StringIO) -> None:
    desk, metrics = SlowDesk(), Metrics()
    client = Caller(application(desk, keys, log, metrics, max_at_work=2), KEY)

    async def loaded() -> tuple[Answer, Answer, list[Answer], Answer]:
        first = [asyncio.create_task(_decided(client, f"D-{number}")) for number in range(2)]
        await asyncio.sleep(0.02)
        refused, watched = await _decided(client, "D-3"), await client.acall("GET", "/v1/ready")
        desk.go.set()
        return refused, watched, await asyncio.gather(*first), await _decided(client, "D-3")

    refused, watched, first, again = asyncio.run(loaded())
    assert (refused.status, refused.json()["type"]) == (503, "urn:tamiz:problem:busy")
    assert refused.headers["retry-after"] == "1"
    assert b'tamiz_refusals_total{problem="busy"} 1.0' in metrics.exposition(NOTHING)
    assert watched.json()["status"] == "not ready", "who watches the service is answered"
    assert [answer.status for answer in (*first, again)] == [200] * 3


def test_a_body_that_is_still_coming_keeps_nobody_from_work(keys: Path, log: io.StringIO) -> None:
    guard = application(MemoryDesk(), keys, log, max_at_work=1)

    async def beside_a_slow_body() -> int:
        slow = asyncio.create_task(_post(guard, [b"{"]))
        await asyncio.sleep(0.02)
        answer = await _decided(Caller(guard, KEY), "D-1")
        slow.cancel()
        return answer.status

    assert asyncio.run(beside_a_slow_body()) == 200


def test_batches_that_are_long_under_way_leave_half_of_the_places(keys: Path, log: io.StringIO) -> None:
    desk = SlowDesk()
    client = Caller(application(desk, keys, log, max_at_work=3), KEY)

    async def batch(name: str) -> Answer:
        line = json.dumps(request(name)).encode() + b"\n"
        return await client.acall(
            "POST", "/v1/decisions:batch", [line], {"content-type": "application/x-ndjson"}
        )

    async def beside_batches() -> tuple[Answer, list[Answer]]:
        under_way = [asyncio.create_task(batch(f"B-{number}")) for number in range(2)]
        await asyncio.sleep(0.02)
        third = await batch("B-3")
        single = asyncio.create_task(_decided(client, "D-1"))
        await asyncio.sleep(0.02)
        desk.go.set()
        return third, await asyncio.gather(*under_way, single)

    third, others = asyncio.run(beside_batches())
    assert (third.status, third.json()["type"]) == (503, "urn:tamiz:problem:busy")
    assert [answer.status for answer in others] == [200] * 3


def test_an_unforeseen_error_is_a_problem_without_internals(client: Caller, log: io.StringIO) -> None:
    answer = client.post("/v1/decisions", request("explode"), **KEY)
    assert (answer.status, answer.json()["type"]) == (500, "urn:tamiz:problem:failed")
    assert "RuntimeError" not in answer.body.decode()
    assert '"error":"RuntimeError at desks.py' in log.getvalue()


def test_nothing_personal_or_commercial_reaches_the_log(client: Caller, log: io.StringIO) -> None:
    client.post("/v1/decisions", request("explode"), **KEY)
    client.post("/v1/decisions", request(), **KEY)
    client.post("/v1/decisions", request(importer_id=7), **KEY)
    client.call("GET", "/v1/decisions/I-secret-7", headers=KEY)
    client.call("GET", "/I-secret-7", headers=KEY)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert "secret" not in log.getvalue()
    assert {"decision": "d1", "lane": "green", "status": 200, "client": "sunat"}.items() <= lines[2].items()


def test_every_answer_carries_the_guarding_headers(client: Caller) -> None:
    for answer in (client.get("/"), client.get("/v1/live"), client.call("GET", "/v1/ready", headers=KEY)):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "GET", "TRACE", "BREW"])
def test_another_method_is_refused_with_those_that_are_allowed(client: Caller, method: str) -> None:
    answer = client.call(method, "/v1/decisions", headers=KEY)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_web_socket_is_closed(client: Caller) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(client.app({"type": "websocket", "path": "/v1/live"}, _never, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def _decided(client: Caller, declaration_id: str) -> Answer:
    body = json.dumps(request(declaration_id)).encode()
    return await client.acall("POST", "/v1/decisions", [body], {"content-type": "application/json"})


async def _never() -> Any:
    raise AssertionError("nothing is read")


async def _post(
    guard: ASGIApp,
    parts: list[bytes | None],
    headers: Sequence[tuple[bytes, bytes]] = (
        (b"x-api-key", TOKEN.encode()),
        (b"content-type", b"application/json"),
    ),
) -> list[dict[str, Any]]:
    """Post parts of a body that never ends; None is a caller that goes away."""
    sent: list[dict[str, Any]] = []
    pending = list(parts)

    async def receive() -> dict[str, Any]:
        if pending:
            part = pending.pop(0)
            return (
                {"type": "http.disconnect"}
                if part is None
                else {"type": "http.request", "body": part, "more_body": True}
            )
        await asyncio.sleep(30)
        raise AssertionError("unreachable")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/decisions",
        "headers": list(headers),
        "query_string": b"",
        "root_path": "",
    }
    await guard(scope, receive, send)
    return sent
