"""A connection is bounded before there is a request, and what is no request is refused as one is."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from serving.connection import MOST_BYTES, BoundedConnection

GET = b"GET /live HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


TOLD: list[str] = []


class Patient(BoundedConnection):
    seconds = 0.3
    told = TOLD.append


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the names of its headers and the length of its body."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message.get("body", b""), message.get("more_body", False)
    told = json.dumps([sorted(name.decode() for name, _ in scope["headers"]), len(body)]).encode()
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    config = uvicorn.Config(app, http=Patient, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, dict(response.getheaders()), response.read()


def sent(port: int, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for part in parts:
            connection.sendall(part)
        return answer(connection)


RUBBISH = [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"secret\r\n\r\n", GET + b"A : 1\r\n\r\n"]
RUBBISH += [CHUNKED + b"no number\r\n", b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_what_is_no_http_is_refused_by_problem_details(port: int, rubbish: bytes) -> None:
    status, headers, body = sent(port, rubbish)
    told = json.loads(body)
    assert (status, told["type"], told["status"]) == (400, "urn:tamiz:problem:not-http", 400)
    assert TOLD[-1] == "not-http"
    assert headers["content-type"] == "application/problem+json"
    assert (headers["connection"], headers["cache-control"]) == ("close", "no-store")


FLOODS = {
    "a header": [GET + b"A: ", *[b"a" * 20_000] * 4],
    "headers": [GET, *[b"A: a\r\n" * 4_000] * 4],
    "a path": [b"GET /", *[b"a" * 20_000] * 4],
    "extensions of a chunk": [CHUNKED + b"1;", *[b"a" * 20_000] * 4],
    "headers behind the body": [CHUNKED + b"1\r\na\r\n0\r\n", *[b"A: a\r\n" * 4_000] * 4],
    "chunks of one byte": [CHUNKED, *[b"1\r\na\r\n" * 8_000] * 4],
}


@pytest.mark.parametrize("parts", FLOODS.values(), ids=FLOODS)
def test_what_stands_around_a_body_is_bounded(port: int, parts: list[bytes]) -> None:
    status, _, body = sent(port, *parts)
    assert (status, json.loads(body)["type"]) == (431, "urn:tamiz:problem:head-too-large")


def test_a_head_that_is_long_but_not_too_long_is_taken(port: int) -> None:
    assert sent(port, GET + b"A: " + b"a" * (MOST_BYTES - 1_000), b"\r\n\r\n")[0] == 200


def test_a_long_body_in_chunks_is_no_flood(port: int) -> None:
    chunk = b"64\r\n" + b"a" * 100 + b"\r\n"
    status, _, body = sent(port, CHUNKED, *[chunk * 1_000] * 20, b"0\r\n\r\n")
    assert (status, json.loads(body)[1]) == (200, 2_000_000)


def test_a_head_that_does_not_come_is_given_up(port: int) -> None:
    began = time.monotonic()
    status, _, body = sent(port, GET)
    assert (status, json.loads(body)["type"]) == (408, "urn:tamiz:problem:slow-head")
    assert time.monotonic() - began < 5


def test_a_second_head_that_does_not_come_is_given_up_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(GET + b"\r\n")
        assert answer(connection)[0] == 200
        connection.sendall(GET)
        assert answer(connection)[0] == 408


def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        assert connection.recv(1) == b""


def test_requests_one_after_the_other_over_one_connection_are_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        for _ in range(3):
            connection.sendall(GET + b"\r\n")
            assert answer(connection)[0] == 200
            time.sleep(0.4)  # longer than a head may take


def test_a_header_behind_the_body_is_none_of_the_request(port: int) -> None:
    _, _, body = sent(port, CHUNKED + b"1\r\na\r\n0\r\nX-API-Key: secret\r\n\r\n")
    assert json.loads(body) == [["host", "transfer-encoding"], 1]


def test_there_is_no_other_protocol_to_change_to(port: int) -> None:
    asked = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    assert sent(port, GET + asked + b"Sec-WebSocket-Version: 13\r\n\r\n")[0] == 200
