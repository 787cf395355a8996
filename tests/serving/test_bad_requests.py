"""Nonsense is refused with what is wrong and what to do, and nothing of it is recorded as decided."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.engine import Engine
from serving.journal import Journal
from serving.metrics import Metrics
from tests.serving.caller import Answer, Caller
from tests.serving.desks import application
from tests.serving.places import TOKEN, request, workspace

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    wiring = workspace(tmp_path_factory.mktemp("bad"))
    engine = Engine(wiring, Journal(wiring.now, io.StringIO()), Metrics())
    engine.open()
    yield engine
    assert engine._stores is not None
    assert engine._stores.ledger.count() == 0
    engine.close()


@pytest.fixture(scope="module")
def caller(engine: Engine) -> Caller:
    app = application(engine, engine._wiring.client_keys, io.StringIO())
    return Caller(app, {"X-API-Key": TOKEN})


def _header(**fields: Any) -> Change:
    return lambda sound: sound["declaration"].update(fields)


def _item(**fields: Any) -> Change:
    return lambda sound: sound["items"][0].update(fields)


def _without(part: str, name: str) -> Change:
    return lambda sound: (sound["declaration"] if part == "declaration" else sound["items"][0]).pop(name)


BROKEN: dict[str, tuple[Change, str]] = {
    "no declaration": (lambda sound: sound.pop("declaration"), "/declaration"),
    "no items": (lambda sound: sound.pop("items"), "/items"),
    "empty items": (lambda sound: sound.update(items=[]), "/items"),
    "items no list": (lambda sound: sound.update(items={}), "/items"),
    "item no object": (lambda sound: sound.update(items=[[]]), "/items/0"),
    "declaration no object": (lambda sound: sound.update(declaration="D-1"), "/declaration"),
    "unknown part": (lambda sound: sound.update(extra=1), "/extra"),
    "unknown field": (_header(office="1"), "/declaration/office"),
    "unknown field of an item": (_item(hs_cod="640399"), "/items/0/hs_cod"),
    "known_at is the platform's": (_header(known_at="2024-05-07"), "/declaration/known_at"),
    "item field in the declaration": (_header(cif=1.0), "/declaration/cif"),
    "declaration field in an item": (_item(importer_id="I"), "/items/0/importer_id"),
    "no declaration_id": (_without("declaration", "declaration_id"), "/declaration/declaration_id"),
    "no accepted_at": (_without("declaration", "accepted_at"), "/declaration/accepted_at"),
    "no office": (_without("declaration", "office_id"), "/declaration/office_id"),
    "no importer": (_without("declaration", "importer_id"), "/declaration/importer_id"),
    "no item_no": (_without("items", "item_no"), "/items/0/item_no"),
    "no hs_code": (_without("items", "hs_code"), "/items/0/hs_code"),
    "no origin": (_without("items", "origin_country"), "/items/0/origin_country"),
    "no cif": (_without("items", "cif"), "/items/0/cif"),
    "null for what is required": (_item(cif=None), "/items/0/cif"),
    "number as text": (_item(cif="250"), "/items/0/cif"),
    "text as number": (_item(hs_code=640399), "/items/0/hs_code"),
    "boolean as number": (_item(cif=True), "/items/0/cif"),
    "flag as number": (_header(importer_aeo=1), "/declaration/importer_aeo"),
    "flag as text": (_header(importer_aeo="true"), "/declaration/importer_aeo"),
    "fraction as whole number": (_item(packages=1.5), "/items/0/packages"),
    "object as text": (_header(importer_id={"$ne": ""}), "/declaration/importer_id"),
    "list as text": (_header(importer_id=["I"]), "/declaration/importer_id"),
    "empty text": (_header(importer_id=""), "/declaration/importer_id"),
    "blank text": (_header(importer_id="  "), "/declaration/importer_id"),
    "text too long": (_header(importer_id="x" * 65), "/declaration/importer_id"),
    "description too long": (_item(description="x" * 2001), "/items/0/description"),
    "control character": (_header(importer_id="I\u0000"), "/declaration/importer_id"),
    "control character for all text": (_header(importer_id="\u001b"), "/declaration/importer_id"),
    "one control character at the end": (_header(declaration_id="D-1\u007f"), "/declaration/declaration_id"),
    "one control character within": (_item(description="a\u0007b"), "/items/0/description"),
    "item_no zero": (_item(item_no=0), "/items/0/item_no"),
    "version zero": (_header(version=0), "/declaration/version"),
    "huge whole number": (_item(packages=2**60), "/items/0/packages"),
    "no instant": (_header(accepted_at="yesterday"), "/declaration/accepted_at"),
    "instant without offset": (_header(accepted_at="2024-05-07T08:00:00"), "/declaration/accepted_at"),
    "no such day": (_header(accepted_at="2024-02-30"), "/declaration/accepted_at"),
    "far future": (_header(accepted_at="2024-05-09T08:00:00-05:00"), "/declaration/accepted_at"),
    "negative value": (_item(cif=-1.0), "/items/0/cif"),
    "negative mass": (_item(net_kg=-1.0), "/items/0/net_kg"),
    "net above gross": (_item(net_kg=200.0), "/items/0/net_kg"),
    "hs_code too short": (_item(hs_code="6403"), "/items/0/hs_code"),
    "hs_code of letters": (_item(hs_code="64O399"), "/items/0/hs_code"),
    "chapter 77": (_item(hs_code="770000"), "/items/0/hs_code"),
    "no such country": (_item(origin_country="XX"), "/items/0/origin_country"),
    "no such edition": (_item(hs_edition="2019"), "/items/0/hs_edition"),
    "no such valuation method": (_item(valuation_method=7), "/items/0/valuation_method"),
}


@pytest.mark.parametrize(("change", "pointer"), BROKEN.values(), ids=BROKEN)
def test_a_broken_field_is_named_with_rule_and_remedy(caller: Caller, change: Change, pointer: str) -> None:
    sound = request()
    change(sound)
    problem = _refused(caller.post("/v1/decisions", sound), 422)
    assert pointer in [fault["pointer"] for fault in problem["errors"]]
    assert all(fault["rule"] and fault["remedy"] for fault in problem["errors"])


TEXTS: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"declaration=1",
    "cut short": json.dumps(request()).encode()[:-1],
    "two values": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "Latin-1": '{"a":"ñ"}'.encode("latin-1"),
    "NaN": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "beyond a double": b'{"a":1e999}',
    "endless number": b'{"a":' + b"9" * 5000 + b"}",
    "duplicate member": b'{"declaration":{},"declaration":{}}',
    "duplicate member inside": b'{"items":[{"cif":1,"cif":2}]}',
    "half a character": b'{"a":"\\ud800"}',
    "deep lists": b"[" * 50_000,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "comment": b"{}//",
    "trailing comma": b'{"a":1,}',
    "raw control character": b'{"a":"\x01"}',
}


@pytest.mark.parametrize("body", TEXTS.values(), ids=TEXTS)
def test_what_readers_of_json_could_understand_differently_is_refused(caller: Caller, body: bytes) -> None:
    _refused(caller.post("/v1/decisions", body), 400)
    _refused(caller.post("/v1/outcomes", body), 400)


ENDLESS = {
    "escaped quotes": b'\\"' * 120_000,
    "escaped quotes and half an escape": b'\\"' * 120_000 + b"\\",
    "backslashes": b"\\" * 240_001,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_text_without_end_behind_brackets_is_refused_at_once(caller: Caller, text: bytes) -> None:
    began = time.monotonic()
    _refused(caller.post("/v1/decisions", b"[" * 8 + b'{"' + text), 400)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "query",
    [
        "dryrun=true",
        "Dry_Run=true",
        "dry_run=true&dry_run=false",
        "dry_run=true&dry_run=true",
        "secret=1",
        "x",
    ],
)
def test_a_query_that_could_be_meant_otherwise_is_refused(caller: Caller, query: str) -> None:
    answer = caller.post(f"/v1/decisions?{query}", request())
    assert _refused(answer, 400)["type"] == "urn:tamiz:problem:query"
    assert b"secret" not in answer.body


@pytest.mark.parametrize("path", ["/v1/outcomes", "/v1/decisions/d1:cancel", "/v1/decisions:batch"])
def test_a_route_without_parameters_takes_none(caller: Caller, path: str) -> None:
    media = "application/x-ndjson" if path.endswith("batch") else "application/json"
    answer = caller.call("POST", f"{path}?dry_run=true", [b"{}"], {"content-type": media})
    assert _refused(answer, 400)["type"] == "urn:tamiz:problem:query"


@pytest.mark.parametrize("value", [[], None, 1, "text", True, [request()]], ids=repr)
def test_a_value_that_is_no_request_is_refused(caller: Caller, value: object) -> None:
    _refused(caller.post("/v1/decisions", value), 422)


def test_too_many_items_are_refused_before_they_are_read(caller: Caller) -> None:
    problem = _refused(caller.post("/v1/decisions", {"items": [{}] * 101}), 413)
    assert "100" in problem["remedy"]


def test_item_numbers_stand_once(caller: Caller) -> None:
    twice = request(items=3)
    twice["items"][2]["item_no"] = 1
    problem = _refused(caller.post("/v1/decisions", twice), 422)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/items/0/item_no", "/items/2/item_no"]


@pytest.mark.parametrize("key", ["", "two words", "x" * 129, "ñ"])
def test_a_malformed_idempotency_key_is_refused(caller: Caller, key: str) -> None:
    _refused(caller.post("/v1/decisions", request(), idempotency_key=key), 400)


def test_a_name_that_could_be_a_value_is_not_repeated(caller: Caller) -> None:
    sound = request()
    sound["declaration"]["20131312955"] = 1
    assert b"20131312955" not in caller.post("/v1/decisions", sound).body
    assert b"20131312955" not in caller.post("/v1/decisions", b'{"20131312955":1,"20131312955":2}').body


@pytest.mark.parametrize("name", ["importer_id", "accepted_at", "known_at"])
def test_a_field_in_the_wrong_place_is_not_proposed_as_its_own_correction(caller: Caller, name: str) -> None:
    sound = request()
    sound["items"][0][name] = "2024-05-07"
    [fault] = _refused(caller.post("/v1/decisions", sound), 422)["errors"]
    assert (fault["pointer"], fault["rule"]) == (f"/items/0/{name}", "the field does not belong here")
    assert "did you mean" not in fault["remedy"]


def test_no_more_faults_are_put_in_words_than_are_answered(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    monkeypatch.setattr("serving.refusals._nearest", lambda name: compared.append(name) or "leave it out")
    sound = request()
    sound["items"][0] |= {f"a{number}": 0 for number in range(5_000)}
    assert len(_refused(caller.post("/v1/decisions", sound), 422)["errors"]) == 100
    assert len(compared) == 100


def test_no_value_of_the_request_is_repeated(caller: Caller) -> None:
    sound = request(importer_id="I-secret-7" * 9)
    sound["items"][0] |= {"hs_code": "secret", "origin_country": "secret", "cif": "secret", "brand": 7}
    answer = caller.post("/v1/decisions", sound)
    _refused(answer, 422)
    assert b"secret" not in answer.body


OUTCOME = {
    "declaration_id": "D-1",
    "item_no": 1,
    "selection_reason": "model",
    "result_at": "2024-05-07T08:00:00-05:00",
    "finding": "none",
    "illicit": 0,
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"illicit": 1}, "illicit"),
        ({"illicit": True}, "illicit"),
        ({"illicit": 2}, "illicit"),
        ({"finding": "nothing"}, "finding"),
        ({"lane": "blue"}, "lane"),
        ({"selection_reason": None}, "selection_reason"),
        ({"p_physical": 0.0}, "p_physical"),
        ({"p_document": 1.1}, "p_document"),
        ({"result_at": "2024-06-07"}, "result_at"),
        ({"result_at": "soon"}, "result_at"),
        ({"known_at": "2024-05-07"}, "known_at"),
        ({"assessed_cif": -1.0}, "assessed_cif"),
        ({"assessed_hs_code": "64"}, "assessed_hs_code"),
        ({"item_no": 0}, "item_no"),
        ({"officer": "x"}, "officer"),
    ],
    ids=str,
)
def test_a_broken_outcome_is_refused(caller: Caller, change: dict[str, Any], field: str) -> None:
    problem = _refused(caller.post("/v1/outcomes", [OUTCOME | change]), 422)
    assert field in [fault["field"] for fault in problem["errors"]]


@pytest.mark.parametrize("value", [[], {}, None, [1], OUTCOME], ids=repr)
def test_outcomes_come_as_a_list_of_objects(caller: Caller, value: object) -> None:
    _refused(caller.post("/v1/outcomes", value), 422)


def test_too_many_outcomes_are_refused(caller: Caller) -> None:
    _refused(caller.post("/v1/outcomes", [1] * 501), 413)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["importer_id", "cif", "hs_code", "version", "accepted_at", "x"])
places = st.sampled_from([("declaration", None), ("items", 0)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=places,
    name=st.sampled_from(["importer_id", "cif", "hs_code", "version", "accepted_at", "x"]),
    value=json_values,
)
def test_whatever_stands_in_a_field_the_service_does_not_fail(
    caller: Caller, place: tuple[str, int | None], name: str, value: Any
) -> None:
    sound = request()
    sound["items"][0]["net_kg"] = -1.0  # whatever else is right, this is refused
    part = sound[place[0]] if place[1] is None else sound[place[0]][place[1]]
    part[name] = value
    answer = caller.post("/v1/decisions", json.dumps(sound).encode())
    assert answer.status in {400, 422}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300))
def test_whatever_bytes_come_the_service_does_not_fail(caller: Caller, body: bytes) -> None:
    assert caller.post("/v1/decisions", body).status in {400, 422}


def _refused(answer: Answer, status: int) -> Any:
    problem = answer.json()
    assert (answer.status, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"]
    assert problem["remedy"]
    return problem
