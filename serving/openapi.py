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
from serving.explanation_answer import ExplanationAnswer, TraderAnswer
from serving.media import XML
from serving.openapi_parts import (
    DECISION_ID,
    DRY_RUN,
    IDEMPOTENCY_KEY,
    LANGUAGE,
    READS,
    REF,
    VIEW,
    WRITES,
    content,
    lines,
    operation,
    ref,
    refused,
    takes,
)

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
    ExplanationAnswer,
    TraderAnswer,
)
_ONE = "/v1/decisions/{decision_id}"
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
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
        "paths": {**_deciding(), **_reading(), **_others()},
        "components": {"schemas": _schemas(), "securitySchemes": _SECURITY},
    }


def _deciding() -> dict[str, Any]:
    decide = operation(
        "decide",
        "Decide on a declaration",
        (answer.DecisionAnswer, answer.DryRunAnswer),
        (409, *WRITES),
        example=DECISION,
        parameters=(IDEMPOTENCY_KEY, DRY_RUN),
    )
    document_of = {XML: {"schema": {"type": "string", "description": "a SAD document of ASYCUDA World"}}}
    declared = {"required": True, "content": content(ref(DecisionRequest), DECLARATION) | document_of}
    cancel = operation(
        "cancel",
        "Cancel a decision",
        answer.CancellationAnswer,
        (404, 409, *WRITES),
        parameters=(DECISION_ID,),
    )
    return {
        "/v1/decisions": {"post": decide | {"requestBody": declared}},
        "/v1/decisions:batch": {"post": _batch()},
        f"{_ONE}:cancel": {"post": cancel | takes(ref(CancellationRequest), {"reason": "withdrawn"})},
    }


def _batch() -> dict[str, Any]:
    answered = lines(answer.BatchLine, {"line": 1, "status": 200, "answer": DECISION})
    return {
        "operationId": "batch",
        "summary": "Decide on many declarations, line by line",
        "description": _BATCH,
        "requestBody": {"required": True, "content": lines(DecisionRequest, DECLARATION)},
        "responses": {
            "200": {"description": answer.BatchLine.__doc__, "content": answered},
            **refused((401, 403, 415, 500, 503)),
        },
    }


def _reading() -> dict[str, Any]:
    refusals, one = (404, 410, *READS), (DECISION_ID,)
    again = operation(
        "decision",
        "Give a decision again",
        answer.DecisionAnswer,
        refusals,
        example=DECISION,
        parameters=one,
    )
    explain = operation(
        "explanation",
        "Say why it was decided so",
        (ExplanationAnswer, TraderAnswer),
        refusals,
        parameters=(DECISION_ID, VIEW, LANGUAGE),
    )
    headings = operation(
        "headings",
        "Give the headings that its items may be of",
        answer.HeadingsAnswer,
        refusals,
        parameters=one,
    )
    return {
        _ONE: {"get": again},
        f"{_ONE}/explanation": {"get": explain},
        f"{_ONE}/headings": {"get": headings},
    }


def _others() -> dict[str, Any]:
    outcomes = {"type": "array", "minItems": 1, "items": ref(Outcome)}
    record = operation("outcomes", "Take down outcomes", answer.OutcomesAnswer, WRITES)
    champion = operation("champion", "Give the model at work", answer.Champion, (404, *READS))
    live = operation("live", "Say that the process answers", answer.Live, ()) | {"security": []}
    itself = {"200": {"description": "OpenAPI 3.1", "content": content({"type": "object"})}, **refused(READS)}
    return {
        "/v1/outcomes": {"post": record | takes(outcomes, OUTCOMES)},
        "/v1/models/champion": {"get": champion},
        "/v1/ready": {"get": _ready()},
        "/v1/metrics": {"get": _metrics()},
        "/v1/live": {"get": live},
        "/v1/openapi.json": {
            "get": {"operationId": "openapi", "summary": "This document", "responses": itself}
        },
    }


def _metrics() -> dict[str, Any]:
    text = {
        "description": "text format of Prometheus",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    summary = "Give figures for Prometheus; a key of the role monitor will do"
    return {"operationId": "metrics", "summary": summary, "responses": {"200": text, **refused(READS)}}


def _ready() -> dict[str, Any]:
    ready = operation("ready", "Say what is at work", answer.State, READS)
    [busy] = refused((503,)).values()
    either = {"content": busy["content"] | content(ref(answer.State))}
    ready["responses"]["503"] = {"description": "no decision can be given", **either}
    return ready


def _schemas() -> dict[str, Any]:
    _, definitions = models_json_schema([(model, "validation") for model in _MODELS], ref_template=REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return dict(sorted(schemas.items()))
