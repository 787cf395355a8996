"""Pieces that OpenAPI operations are made of."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel

from serving.answer import ProblemAnswer
from serving.media import NDJSON

REF = "#/components/schemas/{model}"
READS = (400, 401, 403, 500, 503)
WRITES = (400, 401, 403, 408, 413, 415, 422, 500, 503)

MEANINGS = {
    400: "the body, a header or a parameter cannot be read",
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


def _parameter(name: str, place: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    required = place == "path"
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


DECISION_ID = _parameter(
    "decision_id", "path", "the id in the answer", {"type": "string", "pattern": "^[0-9A-Za-z_-]{1,64}$"}
)
IDEMPOTENCY_KEY = _parameter(
    "Idempotency-Key",
    "header",
    "the same key and body give the identical answer, byte for byte; without it the key is made of "
    "declaration_id and version",
    {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"},
)
DRY_RUN = _parameter(
    "dry_run",
    "query",
    "true: only say what would be decided now; nothing is recorded, no quota is used, no lot is drawn",
    {"type": "boolean", "default": False},
)
VIEW = _parameter(
    "view",
    "query",
    "officer: all but thresholds and weights; trader: what the trader may read",
    {"enum": ["officer", "trader"], "default": "officer"},
)
LANGUAGE = _parameter("Accept-Language", "header", "es or en; es where neither is liked", {"type": "string"})


def ref(model: type[BaseModel]) -> dict[str, Any]:
    """Give the reference to a model's schema."""
    return {"$ref": REF.format(model=model.__name__)}


def operation(
    name: str,
    summary: str,
    models: type[BaseModel] | tuple[type[BaseModel], ...],
    refusals: tuple[int, ...],
    *,
    example: object = None,
    parameters: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    """Give an operation that answers 200 with one of the models, or refuses."""
    several = models if isinstance(models, tuple) else (models,)
    schema = ref(several[0]) if len(several) == 1 else {"oneOf": [ref(model) for model in several]}
    answered = {"description": several[0].__doc__, "content": content(schema, example)}
    made = {
        "operationId": name,
        "summary": summary,
        "responses": {"200": answered, **refused(refusals)},
    }
    return made | ({"parameters": list(parameters)} if parameters else {})


def takes(schema: dict[str, Any], example: object) -> dict[str, Any]:
    """Give the body of a request, JSON."""
    return {"requestBody": {"required": True, "content": content(schema, example)}}


def refused(statuses: tuple[int, ...]) -> dict[str, Any]:
    """Give the responses of refusals: problem details."""
    problem = {"content": {"application/problem+json": {"schema": ref(ProblemAnswer)}}}
    return {str(status): {"description": MEANINGS[status], **problem} for status in statuses}


def content(schema: dict[str, Any], example: object = None) -> dict[str, Any]:
    """Give content that is JSON."""
    return {"application/json": {"schema": schema, **({} if example is None else {"example": example})}}


def lines(model: type[BaseModel], line: object) -> dict[str, Any]:
    """Give content that is a JSON object a line."""
    schema = {"type": "string", "description": "a JSON object a line", "contentSchema": ref(model)}
    return {NDJSON: {"schema": schema, "example": json.dumps(line, ensure_ascii=False) + "\n"}}
