"""The application behind the guard: routes to the desk, problems for everything that is no answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from serving.contract import decision_request, outcomes_request
from serving.desk import Desk, Reply
from serving.openapi import document_bytes
from serving.problem import Problem
from serving.settings import ServingSettings
from serving.strict_json import parse

Endpoint = Callable[[Request], Awaitable[Response]]


class Application:
    """ASGI application, to be mounted at /v1 behind `guard.Guard`, which turns Problem into an answer."""

    def __init__(self, desk: Desk, settings: ServingSettings) -> None:
        self.desk = desk
        self.settings = settings
        self.router = Router(
            [
                _route("/live", self.live),
                _route("/ready", self.ready),
                _route("/decisions", self.decide, "POST"),
                _route("/decisions/{decision_id}", self.decision),
                _route("/decisions/{decision_id}/headings", self.headings),
                _route("/outcomes", self.record_outcomes, "POST"),
                _route("/models/champion", self.champion),
                _route("/openapi.json", self.openapi),
            ],
            redirect_slashes=False,
            default=_nothing_here,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.router(scope, receive, send)
        except HTTPException as error:
            allowed = (error.headers or {}).get("Allow", "")
            raise _wrong_method(allowed) from None

    async def decide(self, request: Request) -> Response:
        """Decide on a declaration: POST /decisions."""
        body = await request.body()
        given = decision_request(parse(body), max_items=self.settings.max_items)
        reply = await self.desk.decide(body, given, request.state.client.name, _key(request))
        _note(request, reply)
        return _json(reply.body, headers={"Location": f"/v1/decisions/{reply.decision_id}"})

    async def decision(self, request: Request) -> Response:
        """Give a decision again, byte for byte: GET /decisions/{decision_id}."""
        decision_id = request.path_params["decision_id"]
        reply = await self.desk.reply(decision_id) if _ID.fullmatch(decision_id) else None
        if reply is None:
            raise _no_decision()
        _note(request, reply)
        return _json(reply.body)

    async def headings(self, request: Request) -> Response:
        """Give the headings that its items may be of: GET /decisions/{decision_id}/headings."""
        decision_id = request.path_params["decision_id"]
        found = await self.desk.headings(decision_id) if _ID.fullmatch(decision_id) else None
        if found is None:
            raise _no_decision()
        return _json(found)

    async def record_outcomes(self, request: Request) -> Response:
        """Take down what inspections found: POST /outcomes."""
        outcomes = outcomes_request(parse(await request.body()), max_outcomes=self.settings.max_outcomes)
        return _json(await self.desk.record_outcomes(outcomes, request.state.client.name))

    async def live(self, _: Request) -> Response:
        """Say that the process answers: GET /live."""
        return _json(b'{"status":"live"}')

    async def ready(self, _: Request) -> Response:
        """Say whether decisions can be given, and what they would have to do without: GET /ready."""
        state = await self.desk.state()
        status = 200 if state.status == "ready" else 503
        headers = {} if status == 200 else {"Retry-After": "1"}
        return _json(state.model_dump_json().encode(), status=status, headers=headers)

    async def champion(self, _: Request) -> Response:
        """Give the model at work: GET /models/champion."""
        champion = self.desk.champion()
        if champion is None:
            raise Problem(
                404,
                "no-model",
                "No model is at work",
                "train and promote one: tamiz train, tamiz models promote",
            )
        return _json(champion.model_dump_json().encode())

    async def openapi(self, _: Request) -> Response:
        """Give the description of all this: GET /openapi.json."""
        return _json(document_bytes())


def _route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
    async def labelled(request: Request) -> Response:
        request.state.route = f"{method} {path}"
        return await endpoint(request)

    return Route(path, labelled, methods=[method])


def _note(request: Request, reply: Reply) -> None:
    """Leave for the log what it may know."""
    request.state.decision_id = reply.decision_id
    request.state.lane = reply.lane
    request.state.degraded = reply.degraded or None


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(
            400,
            "idempotency-key",
            "The Idempotency-Key is malformed",
            "send 1 to 128 printable ASCII characters",
        )
    return key


def _json(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, "application/json")


def _no_decision() -> Problem:
    return Problem(404, "not-found", "There is no such decision", "send the decision_id of an answer")


def _wrong_method(allowed: str) -> Problem:
    remedy = f"use {allowed}" if allowed else "see /v1/openapi.json"
    return Problem(
        405, "method", "The method is not allowed here", remedy, headers={"Allow": allowed} if allowed else {}
    )


async def _nothing_here(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise Problem(404, "not-found", "There is nothing here", "see /v1/openapi.json for what there is")


_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
