"""A declaration in its versions: one decision each, whatever the key, and each linked to the one before."""

from __future__ import annotations

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from customs.lane import Lane
from selection.settings import SelectionSettings, Shares
from serving.engine import Engine
from serving.evidence import columns_of
from serving.journal import Journal
from serving.metrics import Metrics
from tests.serving.caller import Answer, Caller
from tests.serving.desks import application
from tests.serving.house import House
from tests.serving.places import DAY, request


def test_the_same_request_gets_the_identical_bytes_and_one_record(house: House) -> None:
    before = house.count
    first = house.caller.post("/v1/decisions", request("B-1"))
    pretty = json.dumps(request("B-1"), indent=3).encode()
    assert house.caller.post("/v1/decisions", pretty).body == first.body
    assert house.caller.get(first.headers["location"]).body == first.body
    assert house.count == before + 1


def test_a_key_stands_for_one_request(house: House) -> None:
    house.decide(request("B-2"), idempotency_key="k")
    refused = house.caller.post("/v1/decisions", request("B-3"), idempotency_key="k")
    assert (refused.status, refused.json()["type"]) == (422, "urn:tamiz:problem:key-reused")
    assert house.caller.post("/v1/decisions", _changed("B-2"), idempotency_key="k").status == 422


def test_by_another_key_a_version_gets_no_second_decision(own: House) -> None:
    first = own.decide(request("B-5"), idempotency_key="k")
    for headers in ({"idempotency_key": "another"}, {}):
        told = own.caller.post("/v1/decisions", request("B-5"), **headers)
        assert (told.status, told.json()["type"]) == (409, "urn:tamiz:problem:already-decided")
        assert told.json()["decision_id"] == first["decision_id"]
        refused = own.caller.post("/v1/decisions", _changed("B-5"), **headers)
        assert (refused.status, refused.json()["type"]) == (422, "urn:tamiz:problem:version-reused")
        assert refused.json()["decision_id"] == first["decision_id"]
    assert (own.count, own.used(Lane.GREEN)) == (1, 0)
    own.decide(request("B-6"))


def test_of_several_keys_for_a_version_at_the_same_time_one_is_decided(own: House) -> None:
    bodies = [json.dumps(one).encode() for one in (request("B-7"), request("B-7"), _changed("B-7"))]

    async def at_once() -> list[Answer]:
        kind = {"content-type": "application/json"}
        return await asyncio.gather(
            *(
                own.caller.acall("POST", "/v1/decisions", [body], {**kind, "idempotency-key": f"k{number}"})
                for number, body in enumerate(bodies)
            )
        )

    answers = asyncio.run(at_once())
    assert sum(answer.status == 200 for answer in answers) == 1
    assert {answer.status for answer in answers} <= {200, 409, 422}
    [decided] = [answer.json()["decision_id"] for answer in answers if answer.status == 200]
    assert {answer.json()["decision_id"] for answer in answers} == {decided}
    assert own.count == 1


def test_of_several_keys_at_the_same_time_one_inspection_is_counted(tmp_path: Path) -> None:
    house = House(tmp_path, selection=SelectionSettings(shares=Shares(red=1.0, orange=0.0)))
    body = json.dumps(request("B-8")).encode()

    async def at_once() -> list[Answer]:
        kind = {"content-type": "application/json"}
        keys = ({**kind, "idempotency-key": f"k{number}"} for number in range(6))
        return await asyncio.gather(
            *(house.caller.acall("POST", "/v1/decisions", [body], headers) for headers in keys)
        )

    answers = asyncio.run(at_once())
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert house.used(Lane.RED) == 1
    house.engine.close()


def test_an_amendment_names_the_decision_before_and_so_does_its_explanation(own: House) -> None:
    decided = [own.decide(request("V-5", version=version)) for version in (1, 2, 4)]
    ids = [answer["decision_id"] for answer in decided]
    assert [answer["amends"] for answer in decided] == [None, *ids[:2]]
    for decision_id, before in zip(ids, [None, *ids[:2]], strict=True):
        assert own.stored(decision_id).record.public["amends"] == before
        for view in ("officer", "trader"):
            told = own.caller.get(f"/v1/decisions/{decision_id}/explanation?view={view}").json()
            assert told["amends"] == before
    tried = own.caller.post("/v1/decisions?dry_run=true", request("V-5", version=5)).json()
    assert tried["amends"] == ids[-1]


def test_a_version_before_the_newest_that_was_decided_is_outdated(own: House) -> None:
    newest = own.decide(request("V-6", version=3))
    refused = own.caller.post("/v1/decisions", request("V-6", version=1))
    assert (refused.status, refused.json()["type"]) == (409, "urn:tamiz:problem:outdated")
    assert refused.json()["decision_id"] == newest["decision_id"]
    assert own.count == 1


def test_a_cancelled_decision_is_not_taken_again(own: House) -> None:
    decision_id = own.decide(request("V-7"))["decision_id"]
    assert own.caller.post(f"/v1/decisions/{decision_id}:cancel", {"reason": "mistake"}).status == 200
    assert own.caller.post("/v1/decisions", request("V-7"), idempotency_key="k").status == 409
    assert own.decide(request("V-7", version=2))["amends"] == decision_id


def test_of_requests_of_the_same_key_at_the_same_time_one_is_decided_and_the_others_are_to_ask_again(
    house: House,
) -> None:
    before = house.count
    sound = request("B-4", items=3)
    body = json.dumps(sound).encode()

    async def at_once() -> list[Answer]:
        headers = {"content-type": "application/json"}
        calls = [house.caller.acall("POST", "/v1/decisions", [body], headers) for _ in range(8)]
        return await asyncio.gather(*calls)

    answers = asyncio.run(at_once())
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    refused = next(answer for answer in answers if answer.status == 409)
    assert refused.headers["retry-after"] == "1"
    [decided] = [answer.body for answer in answers if answer.status == 200]
    assert house.caller.post("/v1/decisions", sound).body == decided
    assert house.count == before + 1


def test_two_processes_that_get_the_same_request_give_the_same_bytes(house: House) -> None:
    twin = Engine(house.wiring, Journal(house.wiring.now, io.StringIO()), Metrics())
    twin.open()
    app = application(twin, house.wiring.client_keys, io.StringIO())
    callers = [house.caller, Caller(app, house.caller.headers)]

    def decide(number: int) -> bytes:
        return callers[number % 2].post("/v1/decisions", request(f"T-{number // 2}")).body

    with ThreadPoolExecutor(2) as pool:
        bodies = list(pool.map(decide, range(12)))
    assert bodies[::2] == bodies[1::2]
    twin.close()


def test_an_amendment_keeps_the_customs_date_of_the_first_version(house: House) -> None:
    house.decide(request("V-1"))
    later = request("V-1", version=2, accepted_at="2024-05-08T08:00:00-05:00")
    columns = columns_of(house.details(house.decide(later)["decision_id"]))
    assert columns["customs_date"][0] == (DAY - date(1970, 1, 1)).days


@pytest.mark.parametrize("spelled", [" V-4", "V-4\u3000"])
def test_blanks_around_its_id_make_no_other_declaration_and_draw_no_other_lot(
    spelled: str, own: House
) -> None:
    first = own.stored(own.decide(request("V-4"))["decision_id"]).record
    later = request(spelled, version=2, accepted_at="2024-05-08T08:00:00-05:00")
    amended = own.stored(own.decide(later)["decision_id"]).record
    assert amended.public["draw"] == first.public["draw"]
    assert amended.about == first.about
    assert columns_of(own.details(amended.id))["customs_date"][0] == (DAY - date(1970, 1, 1)).days


def _changed(declaration_id: str) -> dict[str, Any]:
    other = request(declaration_id)
    other["items"][0]["cif"] = 251.0
    return other
