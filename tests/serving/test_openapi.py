"""The OpenAPI document and the examples tell the truth of the code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from customs.declaration import FIELDS
from features.settings import IntakeSettings
from serving.answer import DecisionAnswer
from serving.contract import HEADER, ITEM, decision_request, outcomes_request
from serving.declared import check_outcomes, declared
from serving.examples import DECISION, DECLARATION, OUTCOMES
from serving.openapi import document

ROOT = Path(__file__).parents[2]
LATER = datetime(2024, 5, 7, 14, tzinfo=UTC)


def test_every_reference_in_the_document_leads_somewhere() -> None:
    schemas = document()["components"]["schemas"]
    names = {text.rsplit("/", 1)[1] for text in _references(document())}
    assert names <= set(schemas)
    assert set(schemas) == names


def test_every_canonical_field_can_be_sent_in_one_place_but_known_at() -> None:
    assert sorted((*HEADER, *ITEM, "known_at")) == sorted(field.name for field in FIELDS)


def test_every_field_is_described_and_none_takes_what_is_not_named() -> None:
    schemas = document()["components"]["schemas"]
    for name in ("Declaration", "Item", "Outcome"):
        assert schemas[name]["additionalProperties"] is False
        assert all(field["description"] for field in schemas[name]["properties"].values())


def test_the_examples_are_sound() -> None:
    request = decision_request(DECLARATION, max_items=100)
    assert declared(request, IntakeSettings(), LATER)["warnings"].tolist() == [0]
    check_outcomes(outcomes_request(OUTCOMES, max_outcomes=9), IntakeSettings(), LATER)
    DecisionAnswer.model_validate_json(json.dumps(DECISION))


def test_the_example_files_are_those_of_the_document() -> None:
    assert json.loads((ROOT / "examples" / "declaration.json").read_text()) == DECLARATION
    assert json.loads((ROOT / "examples" / "outcomes.json").read_text()) == OUTCOMES


@pytest.mark.parametrize("arguments", [[], ["examples/declaration.json"]], ids=["nothing", "no service"])
def test_the_example_says_what_to_do_where_there_is_no_decision(arguments: list[str]) -> None:
    environment = {**os.environ, "TAMIZ_KEY": "x", "TAMIZ_URL": "http://127.0.0.1:9"}
    run = subprocess.run(
        [sys.executable, "examples/decide.py", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == (1 if arguments else 2)
    assert ("for manual review" if arguments else "TAMIZ_KEY=") in run.stderr


def test_the_example_sends_to_manual_review_what_a_proxy_answered_with_a_page() -> None:
    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(502)
            self.end_headers()
            self.wfile.write(b"<html>Bad gateway</html>")

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = {**os.environ, "TAMIZ_KEY": "x", "TAMIZ_URL": f"http://127.0.0.1:{server.server_port}"}
        run = subprocess.run(
            [sys.executable, "examples/decide.py", "examples/declaration.json"],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        server.shutdown()
    assert (run.returncode, run.stderr[:17]) == (1, "for manual review")


def test_readiness_may_be_refused_like_everything_else_when_too_much_is_at_work() -> None:
    content = document()["paths"]["/v1/ready"]["get"]["responses"]["503"]["content"]
    assert set(content) == {"application/json", "application/problem+json"}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
