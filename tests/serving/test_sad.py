"""SAD documents of ASYCUDA World as requests: decided as their JSON is, recorded as they were sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from features.adapters.asycuda_xml import declaration_of
from features.settings import IntakeSettings
from ledger.decision_record import opened
from ledger.vault import Role, Subject
from serving.sad import sad_request
from tests.serving.caller import Answer
from tests.serving.house import House
from tests.serving.places import request

SAMPLES = Path(__file__).parents[1] / "features" / "asycuda"
REGISTERED = (SAMPLES / "registered.xml").read_bytes()
XML = {"content-type": "application/xml"}


def decide(house: House, xml: bytes, **headers: str) -> Answer:
    return house.caller.call("POST", "/v1/decisions", [xml], XML | headers)


def test_a_document_is_decided_and_its_record_holds_it_byte_for_byte(house: House) -> None:
    answer = decide(house, REGISTERED)
    told = answer.json()
    assert (answer.status, told["declaration_id"], len(told["items"])) == (200, "EX01-2024-C4711", 2)
    assert house.engine._stores is not None
    record = house.stored(told["decision_id"]).record
    assert opened(house.engine._stores.vault, record).request == REGISTERED
    assert decide(house, REGISTERED).body == answer.body


def test_what_a_document_says_is_the_same_request_as_json(house: House) -> None:
    document = REGISTERED.replace(b"C4711", b"C4712").replace(b">4711<", b">4712<")
    asked = sad_request(document, IntakeSettings())
    first = house.caller.post("/v1/decisions", asked)
    assert first.status == 200, first.body
    assert decide(house, document).body == first.body


def test_a_document_under_the_key_of_another_request_is_refused(house: House) -> None:
    key = {"idempotency-key": "K-1"}
    assert house.caller.post("/v1/decisions", request("K-1"), idempotency_key="K-1").status == 200
    refused = decide(house, REGISTERED, **key)
    assert (refused.status, refused.json()["type"]) == (422, "urn:tamiz:problem:key-reused")


@pytest.mark.parametrize(
    ("xml", "status", "kind"),
    [
        (b"<!DOCTYPE a><ASYCUDA/>", 400, "document"),
        (b"<ASYCUDA>", 400, "document"),
        (b"{}", 400, "document"),
        (b"<ASYCUDA><Item/></ASYCUDA>", 422, "invalid-request"),
        (b"<ASYCUDA>" + b"<Item/>" * 101 + b"</ASYCUDA>", 413, "too-many-items"),
        (REGISTERED.replace(b"1450", b"heavy"), 422, "invalid-request"),
    ],
)
def test_hostile_broken_and_incomplete_documents_are_refused_by_name(
    house: House, xml: bytes, status: int, kind: str
) -> None:
    before = house.count
    refused = decide(house, xml)
    told = refused.json()
    assert (refused.status, told["type"]) == (status, f"urn:tamiz:problem:{kind}")
    assert told["remedy"]
    assert house.count == before


def test_json_is_not_taken_for_xml_nor_xml_for_json(house: House) -> None:
    assert house.caller.post("/v1/decisions", REGISTERED).status == 400
    assert decide(house, json.dumps(request("J-1")).encode()).status == 400


def test_other_routes_take_no_document(house: House) -> None:
    assert house.caller.call("POST", "/v1/outcomes", [REGISTERED], XML).status == 415


def test_an_erased_seller_is_gone_from_the_document_too(tmp_path: Path) -> None:
    house = House(tmp_path)
    told = decide(house, REGISTERED).json()
    seller = declaration_of(REGISTERED, IntakeSettings()).records[0]["seller_id"]
    assert house.engine._stores is not None
    house.engine._stores.vault.forget(Subject(Role.SELLER, str(seller)))
    request = opened(house.engine._stores.vault, house.stored(told["decision_id"]).record).request
    assert request is not None
    assert f">{seller}<".encode() not in request
    assert len(request) > len(REGISTERED) / 2
    house.engine.close()
