"""The application behind the guard: routes to the desk, problems for everything that is no answer."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from features.settings import IntakeSettings
from serving.batch import Batch
from serving.body import request_in
from serving.contract import cancellation_request, outcomes_request
from serving.desk import Desk, Reply
from serving.journal import Journal
from serving.languages import preferred
from serving.media import XML
from serving.metrics import MEDIA, Metrics
from serving.openapi import document_bytes
from serving.problem import Problem
from serving.settings import ServingSettings
from serving.strict_json import parse

Endpoint = Callable[[Request], Awaitable[ASGIApp]]


class Application:
    """ASGI application, to be mounted at /v1 behind `guard.Guard`, which turns Problem into an answer."""

    def __init__(
        self,
        desk: Desk,
        settings: ServingSettings,
        intake: IntakeSettings,
        journal: Journal,
        metrics: Metrics,
    ) -> None:
        self.desk = desk
        self.settings = settings
        self.intake = intake
        self.journal = journal
        self.metrics = metrics
        self.router = Router(
            [
                _route("/live", self.live),
                _route("/ready", self.ready),
                _route("/metrics", self.figures),
                _route("/decisions", self.decide, "POST", ("dry_run",)),
                _route("/decisions:batch", self.batch, "POST"),
                _route("/decisions/{decision_id:decision}", self.decision),
                _route("/decisions/{decision_id:decision}:cancel", self.cancel, "POST"),
                _route("/decisions/{decision_id:decision}/headings", self.headings),
                _route("/decisions/{decision_id:decision}/explanation", self.explanation, "GET", ("view",)),
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
        """Decide on a declaration, or try that out: POST /decisions."""
        body, client = await request.body(), request.state.client.name
        given = self._given(body, xml=request.state.media == XML)
        if _dry_run(request):
            return _json(await self.desk.try_out(body, given, client))
        reply = await self.desk.decide(body, given, client, _key(request))
        _note(request, reply)
        return _json(reply.body, headers={"Location": f"/v1/decisions/{reply.decision_id}"})

    async def batch(self, request: Request) -> ASGIApp:
        """Decide on declarations line by line: POST /decisions:batch."""
        client = request.state.client.name

        async def decide(line: bytes) -> Reply:
            return await self.desk.decide(line, self._given(line, xml=False), client, None)

        return Batch(decide, self.settings, self.journal, self.metrics)

    async def decision(self, request: Request) -> Response:
        """Give a decision again, byte for byte: GET /decisions/{decision_id}."""
        reply = await self.desk.reply(request.path_params["decision_id"])
        if reply is None:
            raise _no_decision()
        _note(request, reply)
        return _json(reply.body)

    async def headings(self, request: Request) -> Response:
        """Give the headings that its items may be of: GET /decisions/{decision_id}/headings."""
        return _known(request, await self.desk.headings(request.path_params["decision_id"]))

    async def explanation(self, request: Request) -> Response:
        """Give why it was decided so: GET /decisions/{decision_id}/explanation."""
        view = request.query_params.get("view", _VIEWS[0])
        if view not in _VIEWS:
            raise Problem(400, "view", "There is no such view", f"write ?view={' or ?view='.join(_VIEWS)}")
        language = preferred(request.headers.get("accept-language", ""))
        decision_id = request.path_params["decision_id"]
        trader = view != _VIEWS[0]
        answer = _known(request, await self.desk.explanation(decision_id, language=language, trader=trader))
        answer.headers.update({"Content-Language": language, "Vary": "Accept-Language"})
        return answer

    async def cancel(self, request: Request) -> Response:
        """Cancel a decision: POST /decisions/{decision_id}:cancel."""
        reason = cancellation_request(parse(await request.body()))
        decision_id = request.path_params["decision_id"]
        return _known(request, await self.desk.cancel(decision_id, reason, request.state.client.name))

    async def record_outcomes(self, request: Request) -> Response:
        """Take down what inspections found: POST /outcomes."""
        outcomes = outcomes_request(parse(await request.body()), max_outcomes=self.settings.max_outcomes)
        return _json(await self.desk.record_outcomes(outcomes, request.state.client.name))

    def _given(self, body: bytes, *, xml: bool) -> dict[str, Any]:
        return request_in(body, self.intake, max_items=self.settings.max_items, xml=xml)

    async def live(self, _: Request) -> Response:
        """Say that the process answers: GET /live."""
        return _json(b'{"status":"live"}')

    async def ready(self, _: Request) -> Response:
        """Say whether decisions can be given, and what they would have to do without: GET /ready."""
        state = await self.desk.state()
        status = 200 if state.status == "ready" else 503
        headers = {} if status == 200 else {"Retry-After": "1"}
        return _json(state.model_dump_json().encode(), status=status, headers=headers)

    async def figures(self, _: Request) -> Response:
        """Give what was counted, for Prometheus: GET /metrics."""
        return Response(self.metrics.exposition(await self.desk.standing()), media_type=MEDIA)

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


def _route(path: str, endpoint: Endpoint, method: str = "GET", parameters: Sequence[str] = ()) -> Route:
    async def labelled(request: Request) -> ASGIApp:
        request.state.route = f"{method} {path.replace(':decision}', '}')}"
        if request.scope["query_string"]:
            _check_query([name for name, _ in request.query_params.multi_items()], parameters)
        return await endpoint(request)

    return Route(path, labelled, methods=[method])


def _check_query(given: Sequence[str], taken: Sequence[str]) -> None:
    """Refuse a misspelt dry_run, which would be decided in earnest, and one that says yes and no."""
    if set(given) <= set(taken) and len(given) == len(set(given)):
        return
    remedy = f"send {' and '.join(taken)} at most once, and no other" if taken else "send none"
    raise Problem(400, "query", "The query has a parameter that is not taken here", remedy)


def _note(request: Request, reply: Reply) -> None:
    """Leave for the log what it may know."""
    request.state.decision_id = reply.decision_id
    request.state.lane = reply.lane
    request.state.degraded = reply.degraded or None


def _known(request: Request, body: bytes | None) -> Response:
    """Give the answer about a decision; an id that is none may be anything, and is kept from the log."""
    if body is None:
        raise _no_decision()
    request.state.decision_id = request.path_params["decision_id"]
    return _json(body)


def _dry_run(request: Request) -> bool:
    asked = request.query_params.get("dry_run", "false")
    if asked not in _TRUTH:
        raise Problem(
            400, "dry-run", "dry_run is neither true nor false", "write ?dry_run=true, or leave it out"
        )
    request.state.dry_run = _TRUTH[asked] or None
    return _TRUTH[asked]


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


class _DecisionId(StringConvertor):
    """A segment of a path that can be the id of a decision."""

    regex = "[0-9A-Za-z_-]{1,64}"


register_url_convertor("decision", _DecisionId())

_VIEWS = ("officer", "trader")
_TRUTH = {"true": True, "false": False}
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
