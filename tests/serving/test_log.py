"""The log of a run: every line with the decision it is of, and nothing of what was sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from features.errors import ProfileStoreError
from tests.serving.house import House
from tests.serving.places import request

SAMPLES = Path(__file__).parents[1] / "features" / "asycuda"
XML, NDJSON = {"content-type": "application/xml"}, {"content-type": "application/x-ndjson"}


def told(declaration_id: str) -> dict[str, Any]:
    """A declaration in which every text and amount is its own."""
    sound = request(
        declaration_id, items=2, importer_id="20131312955", declarant_id="BRK-88117", courier_id="CR-5531"
    )
    for number, item in enumerate(sound["items"]):
        item |= {
            "seller_id": f"SELLER-{declaration_id}-{number}",
            "description": f"zapatillas de cuero {declaration_id} {number}",
            "brand": f"Marca-{declaration_id}-{number}",
            "cif": 70_123.25 + number,
            "net_kg": 4_471.5 + number,
            "gross_kg": 4_999.125 + number,
            "freight": 811.75 + number,
            "quantity": 3_377.0 + number,
        }
    return sound


def values(sent: Any) -> set[str]:
    """Every text of more than three letters, and every amount, in what was sent."""
    if isinstance(sent, dict):
        return {text for inner in sent.values() for text in values(inner)}
    if isinstance(sent, list):
        return {text for inner in sent for text in values(inner)}
    if isinstance(sent, float):
        return {str(sent), str(int(sent))} if sent > 2_000 else set()
    return {sent} if isinstance(sent, str) and len(sent) > 3 else set()


@pytest.fixture
def run(own: House, monkeypatch: pytest.MonkeyPatch) -> tuple[list[dict[str, Any]], set[str], set[str]]:
    """Everything that can be asked, well and badly; gives the log's lines, the values sent, the decisions."""
    sent: list[Any] = [told("LOG-1"), told("LOG-2"), told("LOG-3"), told("LOG-4")]
    ask = own.caller
    first = own.decide(sent[0], idempotency_key="KEY-LOG-1")["decision_id"]
    ask.post("/v1/decisions?dry_run=true", sent[0])
    ask.post("/v1/decisions", told("LOG-1") | {"items": []}, idempotency_key="KEY-LOG-1")
    lines = "\n".join([json.dumps(sent[1]), "{", json.dumps(sent[2] | {"LOG-EXTRA": 1})])
    batch = ask.call("POST", "/v1/decisions:batch", [lines.encode()], NDJSON)
    second = json.loads(batch.body.splitlines()[0])["answer"]["decision_id"]
    for part in ("", "/headings", "/explanation", "/explanation?view=trader"):
        assert ask.get(f"/v1/decisions/{first}{part}").status == 200
        assert ask.get(f"/v1/decisions/LOG-ID{part}").status == 404
    outcome = {
        "declaration_id": "LOG-1",
        "item_no": 1,
        "selection_reason": "officer",
        "officer_id": "OFFICER-LOG",
    }
    outcome |= {
        "result_at": "2024-05-07T08:00:00-05:00",
        "finding": "none",
        "illicit": 0,
        "assessed_cif": 70_000.5,
    }
    assert ask.post("/v1/outcomes", [outcome]).status == 200
    assert ask.post("/v1/outcomes", [outcome | {"assessed_cif": 90_000.5}]).status == 422
    assert ask.post(f"/v1/decisions/{second}:cancel", {"reason": "mistake"}).status == 200
    document = (SAMPLES / "registered.xml").read_bytes()
    third = ask.call("POST", "/v1/decisions", [document], XML).json()["decision_id"]

    def away(_: object) -> None:
        raise ProfileStoreError("the key of 20131312955 cannot be read", remedy="mend it")

    monkeypatch.setattr(own.engine._profiles, "lookup", away)
    fourth = own.decide(sent[3])["decision_id"]
    texts = set(re.findall(rb">\s*([^<>\s][^<>]{3,}?)\s*<", document))
    wanted = values(sent) | values(outcome) | {text.decode() for text in texts}
    lines_written = [json.loads(line) for line in own.log.getvalue().splitlines()]
    return lines_written, wanted, {first, second, third, fourth}


_WORDS = {"model", "none", "true", "2024-05-07T08:00:00-05:00"}
"""Values of what was sent that are words of the log as well."""


def test_nothing_that_was_sent_stands_in_the_log(own: House, run: Any) -> None:
    lines, wanted, _ = run
    assert len(wanted) > 60
    figures = {"at", "ms", "decision"}  # whose digits may be those of an amount
    log = json.dumps([{name: fact for name, fact in line.items() if name not in figures} for line in lines])
    assert [value for value in wanted - _WORDS if value in log] == []
    assert "LOG-" not in own.log.getvalue()


def test_every_line_of_a_decision_names_it(run: Any) -> None:
    lines, _, decisions = run
    assert {line["decision"] for line in lines if "decision" in line} == decisions
    unnamed = [line for line in lines if line["event"] in {"request", "line"} and "decision" not in line]
    answered = [line for line in unnamed if line["status"] == 200]
    assert {(line.get("route"), line.get("dry_run")) for line in answered} == {
        ("POST /decisions", True),
        ("POST /decisions:batch", None),
        ("POST /outcomes", None),
    }
    assert [
        line
        for line in lines
        if line["event"] in {"profiles failed", "model failed"} and "decision" not in line
    ] == []


def test_a_refusal_says_of_what_kind_it_was(run: Any) -> None:
    lines, _, _ = run
    refused = [line for line in lines if line.get("status", 200) != 200]
    assert refused
    assert all(re.fullmatch(r"[a-z-]+", line["problem"]) for line in refused)


def test_every_line_is_one_object_with_its_instant(run: Any) -> None:
    lines, _, _ = run
    assert all({"at", "event"} <= line.keys() for line in lines)
