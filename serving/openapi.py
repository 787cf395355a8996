"""The OpenAPI 3.1 document of the service, made from the models that check requests and describe answers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving import answer
from serving.contract import CancellationRequest, DecisionRequest, Outcome
from serving.examples import DECISION, DECLARATION, OUTCOMES
from serving.media import NDJSON, XML

_REF = "#/components/schemas/{model}"
_DESCRIPTION = (
    "Decides, explains and records. Send a whole declaration to /v1/decisions; what comes back was committed "
    "to the ledger first. If no answer comes, or 503, treat the declaration as for manual review, never as "
    "released, and send it again with the same Idempotency-Key: under one key a declaration is decided once."
)
_BATCH = (
    "A declaration a line goes in, as /v1/decisions takes it; an answer a line comes out, in the same order, "
    "while more lines may still be sent. Each line is a request of its own, under the key of its "
    "declaration_id and version. A line that is too long or comes too late is answered and ends the batch."
)
_MODELS: tuple[type[BaseModel], ...] = (
    DecisionRequest,
    CancellationRequest,
    Outcome,
    answer.DecisionAnswer,
    answer.DryRunAnswer,
    answer.CancellationAnswer,
    answer.HeadingsAnswer,
    answer.OutcomesAnswer,
    answer.Live,
    answer.State,
    answer.Champion,
    answer.BatchLine,
    answer.ProblemAnswer,
)
_MEANINGS = {
    400: "the body or a header cannot be read",
    401: "no valid key",
    403: "the key has another role",
    404: "not known",
    408: "the body took too long",
    409: "the same request is at work, ask again after Retry-After seconds; or an inspection was reported",
    410: "the decision was erased; its record stands without its content",
    413: "too large, or too many elements",
    415: "a body of another kind than is taken here",
    422: "the contract or a rule of validation is broken, or the key stands for another request",
    500: "the service failed; treat the declaration as for manual review",
    503: "not now; treat the declaration as for manual review and send it again after Retry-After seconds",
}


@cache
def document_bytes() -> bytes:
    """Give the document as JSON, indented, ending with a line feed."""
    return (json.dumps(document(), indent=2, ensure_ascii=False) + "\n").encode()


def document() -> dict[str, Any]:
    """Give the OpenAPI document.

    >>> sorted(document()["paths"])[:2]
    ['/v1/decisions', '/v1/decisions/{decision_id}']
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tamiz decision service", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": "http://127.0.0.1:3000"}],
        "security": [{"bearer": []}, {"apiKey": []}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY},
    }


def _paths() -> dict[str, Any]:
    outcomes = {"type": "array", "minItems": 1, "items": _ref(Outcome)}
    record = _operation("outcomes", "Take down outcomes", answer.OutcomesAnswer, None, _WRITES)
    champion = _operation("champion", "Give the model at work", answer.Champion, None, (404, *_READS))
    live = _operation("live", "Say that the process answers", answer.Live, None, ()) | {"security": []}
    itself = {"200": {"description": "OpenAPI 3.1", **_json({"type": "object"})}, **_refusals(_READS)}
    return {
        **_decisions(),
        "/v1/outcomes": {"post": record | _takes(outcomes, OUTCOMES)},
        "/v1/models/champion": {"get": champion},
        "/v1/ready": {"get": _ready()},
        "/v1/live": {"get": live},
        "/v1/openapi.json": {
            "get": {"operationId": "openapi", "summary": "This document", "responses": itself}
        },
    }


def _decisions() -> dict[str, Any]:
    refused = (404, 410, *_READS)
    decide = _operation("decide", "Decide on a declaration", answer.DecisionAnswer, DECISION, (409, *_WRITES))
    decide["responses"]["200"]["content"]["application/json"]["schema"] = {
        "oneOf": [_ref(answer.DecisionAnswer), _ref(answer.DryRunAnswer)]
    }
    again = _operation("decision", "Give a decision again", answer.DecisionAnswer, DECISION, refused)
    headings = _operation(
        "headings", "Give the headings that its items may be of", answer.HeadingsAnswer, None, refused
    )
    cancel = _operation("cancel", "Cancel a decision", answer.CancellationAnswer, None, (404, 409, *_WRITES))
    one = "/v1/decisions/{decision_id}"
    return {
        "/v1/decisions": {
            "post": decide | {"requestBody": _DECLARED, "parameters": [_IDEMPOTENCY_KEY, _DRY_RUN]}
        },
        "/v1/decisions:batch": {"post": _batch()},
        one: {"get": again | {"parameters": [_DECISION_ID]}},
        f"{one}:cancel": {
            "post": cancel
            | _takes(_ref(CancellationRequest), {"reason": "withdrawn"})
            | {"parameters": [_DECISION_ID]}
        },
        f"{one}/headings": {"get": headings | {"parameters": [_DECISION_ID]}},
    }


def _batch() -> dict[str, Any]:
    answered = {"line": 1, "status": 200, "answer": DECISION}
    told = {"description": answer.BatchLine.__doc__, "content": _ndjson(answer.BatchLine, answered)}
    refused = (401, 403, 404, 415, 500, 503)
    return {
        "operationId": "batch",
        "summary": "Decide on many declarations, line by line",
        "description": _BATCH,
        "requestBody": {"required": True, "content": _ndjson(DecisionRequest, DECLARATION)},
        "responses": {"200": told, **_refusals(refused)},
    }


def _ndjson(model: type[BaseModel], line: object) -> dict[str, Any]:
    schema = {"type": "string", "description": "a JSON object a line", "contentSchema": _ref(model)}
    return {NDJSON: {"schema": schema, "example": json.dumps(line, ensure_ascii=False) + "\n"}}


def _ready() -> dict[str, Any]:
    ready = _operation("ready", "Say what is at work", answer.State, None, _READS)
    [busy] = _refusals((503,)).values()
    either = {"content": busy["content"] | _json(_ref(answer.State))["content"]}
    ready["responses"]["503"] = {"description": "no decision can be given", **either}
    return ready


def _operation(
    name: str, summary: str, model: type[BaseModel], example: object, refusals: tuple[int, ...]
) -> dict[str, Any]:
    answered = {"description": model.__doc__, **_json(_ref(model), example)}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": answered, **_refusals(refusals)},
    }


def _takes(schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"requestBody": {"required": True, **_json(schema, example)}}


def _refusals(statuses: tuple[int, ...]) -> dict[str, Any]:
    content = {"content": {"application/problem+json": {"schema": _ref(answer.ProblemAnswer)}}}
    return {str(status): {"description": _MEANINGS[status], **content} for status in statuses}


def _json(schema: dict[str, Any], example: object = None) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": schema}
    if example is not None:
        media["example"] = example
    return {"content": {"application/json": media}}


def _ref(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": _REF.format(model=model.__name__)}


def _schemas() -> dict[str, Any]:
    _, definitions = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return dict(sorted(schemas.items()))


_READS = (401, 403, 500, 503)
_WRITES = (400, 401, 403, 408, 413, 415, 422, 500, 503)
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_DECISION_ID = {
    "name": "decision_id",
    "in": "path",
    "required": True,
    "description": "the id in the answer",
    "schema": {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$"},
}
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "the same key and body give the identical answer, byte for byte; without it the key is "
    "made of declaration_id and version",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"},
}
_DRY_RUN = {
    "name": "dry_run",
    "in": "query",
    "required": False,
    "description": "true: only say what would be decided now; nothing is recorded, no quota is used, no lot "
    "is drawn",
    "schema": {"type": "boolean", "default": False},
}
_DECLARED = {
    "required": True,
    "content": {
        **_json(_ref(DecisionRequest), DECLARATION)["content"],
        XML: {"schema": {"type": "string", "description": "a SAD document of ASYCUDA World"}},
    },
}
