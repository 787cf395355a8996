"""What stands in front of everything: who calls, how much, in what form, and what goes back to them."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.client_keys import CLEARANCE, MONITOR, ClientKey, ClientKeys
from serving.journal import Journal
from serving.media import BATCH, media_of
from serving.metrics import Metrics
from serving.problem import Problem, failed
from serving.respond import SECURITY, send_problem
from serving.settings import ServingSettings

LIVE = "/v1/live"
"""The one path that needs no key."""

_PATH = re.compile(r"/v1/[\x21-\x7e]*")
"""Other paths would be answered by what lies below: a line feed ends what it takes for a path of ours."""

_LONGEST_TOKEN = 256
_LINGER_SECONDS = 0.5


@dataclass(frozen=True)
class Protection:
    """What the guard needs: settings, the keys, the clock, the log and the figures."""

    settings: ServingSettings
    keys: ClientKeys
    clock: Callable[[], datetime]
    journal: Journal
    metrics: Metrics


class Guard:
    """ASGI middleware. Lets through, with its body read whole and its caller known, what may be answered.

    Everything but liveness needs a key; everything outside /v1, such as the server's own pages, does not
    exist. A body is of a kind that its path takes, counted while it arrives and complete in time; that of a
    batch is read behind the guard, line by line. Whatever happens behind the guard, the caller gets problem
    details without internals, and one line goes to the log. The caller's key is handed on in
    `scope["state"]["client"]`; the application puts `route`, `decision_id`, `lane`, `degraded` and `dry_run`
    there for the log.
    """

    def __init__(self, app: ASGIApp, protection: Protection) -> None:
        self.app = app
        self.settings = protection.settings
        self.keys = protection.keys
        self.clock = protection.clock
        self.journal = protection.journal
        self.metrics = protection.metrics
        self.in_flight = 0
        self.at_work = 0
        self.batches = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send)
        began = time.perf_counter()
        try:
            await self._admit(scope, receive, answer)
        except Problem as problem:
            await self._refuse(problem, receive, answer)
        except asyncio.CancelledError:
            self.metrics.refused("deadline")
            raise
        except Exception as error:  # noqa: BLE001 - the caller gets an answer and no internals, whatever it was
            self.journal.failure("failed", error)
            await self._refuse(failed(), receive, answer)
        finally:
            if scope["path"] != LIVE:
                self._log(scope, answer, began)

    async def _refuse(self, problem: Problem, receive: Receive, answer: _Answer) -> None:
        self.metrics.refused(problem.kind)
        answer.problem = problem.kind
        await _refuse(problem, receive, answer, drain=self.settings.max_body_bytes)

    async def _admit(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        answer.body_under_way = scope["method"] not in _WITHOUT_BODY
        if scope["path"] == LIVE:
            await self.app(scope, receive, answer)
            return
        scope.setdefault("state", {})["client"] = self._caller(scope)
        if not _PATH.fullmatch(scope["path"]):
            raise Problem(404, "not-found", "There is nothing here", "see /v1/openapi.json for what there is")
        if self.in_flight >= self.settings.max_in_flight:
            raise _busy()
        self.in_flight += 1
        try:
            if scope["method"] == "POST":
                _refuse_repeated(scope["headers"])
                headers: dict[bytes, bytes] = dict(scope["headers"])
                _refuse_upgrade(headers)
                scope["state"]["media"] = media_of(scope["path"], headers)
                if scope["path"] != BATCH:
                    receive = _replay(await self._body(headers, receive), receive)
                    answer.body_under_way = False
            await self._work(scope, receive, answer)
        finally:
            self.in_flight -= 1

    async def _work(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Hand a request on, unless too many are at work: what would wait for long is refused at once.

        Batches, which may be long under way, have half of the places; those who watch the service are
        answered all the same.
        """
        if scope["path"] in _WATCHED:
            await self.app(scope, receive, answer)
            return
        most, batch = self.settings.max_at_work, scope["path"] == BATCH
        if self.at_work >= most or (batch and self.batches >= (most + 1) // 2):
            raise _busy()
        self.at_work += 1
        self.batches += batch
        try:
            await self.app(scope, receive, answer)
        finally:
            self.at_work -= 1
            self.batches -= batch

    def _caller(self, scope: Scope) -> ClientKey:
        tokens = {_token(name, value) for name, value in scope["headers"] if name in _CREDENTIALS}
        token = tokens.pop() if len(tokens) == 1 else None
        client = self.keys.holder(token, self.clock()) if token else None
        if client is None:
            raise _no_key()
        roles = (CLEARANCE, MONITOR) if scope["path"] in _WATCHED else (CLEARANCE,)
        if client.role not in roles:
            raise Problem(
                403, "role", "The key has another role", f"use a key of the role {' or '.join(roles)}"
            )
        return client

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """Read the body, counting; raises Problem 408, 413."""
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit():
            raise Problem(
                400, "length", "Content-Length is no number", "send the length of the body in bytes"
            )
        if int(announced[:20]) > self.settings.max_body_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                return await self._collect(receive)
        except TimeoutError:
            remedy = f"send the whole body within {self.settings.body_seconds:g} seconds"
            raise Problem(408, "slow-body", "The body took too long", remedy) from None

    async def _collect(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Problem(_GONE, "gone", "The caller went away", "send it again")
            part = message.get("body", b"")
            size += len(part)
            if size > self.settings.max_body_bytes:
                raise self._too_large()
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    def _too_large(self) -> Problem:
        remedy = f"send at most {self.settings.max_body_bytes} bytes"
        return Problem(413, "too-large", "The body is too large", remedy)

    def _log(self, scope: Scope, answer: _Answer, began: float) -> None:
        state = scope.get("state", {})
        client: ClientKey | None = state.get("client")
        self.journal.note(
            "request",
            method=scope["method"] if scope["method"] in _METHODS else "other",
            route=state.get("route", "other"),
            status=answer.status,
            problem=answer.problem,
            ms=round(1e3 * (time.perf_counter() - began), 2),
            client=client.name if client else None,
            decision=state.get("decision_id"),
            lane=state.get("lane"),
            degraded=state.get("degraded"),
            dry_run=state.get("dry_run"),
        )


class _Answer:
    """Passes an answer on with the guarding headers, and knows what the log says of it.

    `body_under_way` tells whether a body is still coming.
    """

    def __init__(self, send: Send) -> None:
        self.send = send
        self.status: int | None = None
        self.problem: str | None = None
        self.body_under_way = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            names = {name.lower() for name, _ in message["headers"]}
            message = {
                **message,
                "headers": [*message["headers"], *(h for h in SECURITY if h[0] not in names)],
            }
        await self.send(message)


def _token(name: bytes, value: bytes) -> str | None:
    if len(value) > _LONGEST_TOKEN:
        return None
    text = value.decode("latin-1")
    if name == b"x-api-key":
        return text.strip()
    scheme, _, token = text.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _refuse_repeated(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Readers of HTTP differ in which one of two they take."""
    given = [name for name, _ in headers if name in _ONCE]
    if len(given) != len(set(given)):
        names = ", ".join(sorted(name.decode().title() for name in _ONCE))
        raise Problem(400, "repeated-header", "A header stands twice", f"send each of these once: {names}")


def _refuse_upgrade(headers: Mapping[bytes, bytes]) -> None:
    """The server below drops the body of a request that asks for another protocol; Java's client does so."""
    if b"upgrade" in headers:
        raise Problem(
            400,
            "upgrade",
            "The connection cannot be upgraded",
            "ask for no other protocol than HTTP/1.1 (Java: HttpClient.Version.HTTP_1_1)",
        )


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a receive that hands the body over once and then waits for what the connection says."""
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


async def _refuse(problem: Problem, receive: Receive, answer: _Answer, *, drain: int) -> None:
    """Send the problem; a body still coming is drained for a moment, so that the caller can read why."""
    if answer.status is not None or problem.status == _GONE:
        return
    answer.status = problem.status
    if answer.body_under_way:
        await send_problem(answer.send, problem, last=False, close=True)
        await _drain(receive, 4 * drain)
        await answer.send({"type": "http.response.body", "body": b""})
    else:
        await send_problem(answer.send, problem)


async def _drain(receive: Receive, most: int) -> None:
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while most > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
                most -= len(message.get("body", b""))
    except TimeoutError:
        return


_WATCHED = frozenset({"/v1/metrics", "/v1/ready"})
_CREDENTIALS = frozenset({b"authorization", b"x-api-key"})
_ONCE = frozenset({b"content-type", b"content-encoding", b"idempotency-key"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_GONE = 499


def _no_key() -> Problem:
    return Problem(
        401,
        "no-key",
        "A valid key is needed",
        "send one key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'; to make one: tamiz keys create",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _busy() -> Problem:
    return Problem(
        503,
        "busy",
        "Too many requests are at work",
        "send it again after Retry-After seconds, with the same key",
        headers={"Retry-After": "1"},
    )
