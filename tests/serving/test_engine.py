"""The engine: evidence before answer, one decision a key, swaps without loss, degraded rather than silent."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from customs.lane import Lane
from features.columns import NAMES, from_records, to_frame
from features.history.history import History
from features.profile_store import publish
from features.reference.kinds import KIND
from features.reference.reference_table import ReferenceTable
from features.reference.schema import frame_of
from features.reference.standing import standing_entries
from features.reference.tables import Tables
from features.snapshot import Snapshot
from ledger.record import Kind
from scoring.bundle import load
from scoring.errors import ForestError
from scoring.tree_shap.explainer import Explainer
from selection.settings import Objective, SelectionSettings, Shares
from serving import engine
from serving.answer import (
    CancellationAnswer,
    DryRunAnswer,
    HeadingsAnswer,
)
from serving.champion import read_key_ring
from serving.evidence import columns_of, given_of, terms_of
from serving.replay import replay
from tests.scoring.scorers import scorer
from tests.serving.house import House
from tests.serving.places import (
    APPROVER,
    DAY,
    TRAINER,
    bundle,
    outcome,
    profiles,
    promote,
    register,
    request,
)


def test_an_answer_names_scores_reasons_versions_and_its_record(house: House) -> None:
    answer = house.decide(request("A-1", items=2))
    assert [item["item_no"] for item in answer["items"]] == [1, 2]
    assert house.champion is not None
    assert answer["model"]["bundle_id"] == house.champion.id
    assert (answer["profiles_as_of"], answer["degraded"]) == (DAY.isoformat(), [])
    item = answer["items"][0]
    assert 0 < item["risk"] < 1
    assert item["value"]["low"] < item["value"]["mid"] < item["value"]["high"]
    assert all(reason["text"]["es"] != reason["text"]["en"] for reason in item["reasons"])
    assert answer["leaf_hash"] == house.stored(answer["decision_id"]).leaf_hash.hex()


def test_the_contributions_of_an_item_add_up_to_its_score(house: House) -> None:
    answer = house.decide(request("A-2"))
    total = sum(reason["contribution"] for reason in answer["items"][0]["reasons"])
    given = given_of(house.details(answer["decision_id"]))
    assert house.champion is not None
    assert total == pytest.approx(house.champion.score(given.columns, given.history).raw[0], abs=1e-9)


def test_an_answer_says_what_kind_of_irregularity_to_look_for(house: House) -> None:
    item = house.decide(request("A-3"))["items"][0]
    kinds = [one["probability"] for one in item["kinds"]["likeliest"]]
    assert item["kinds"]["learnt"]
    assert kinds == sorted(kinds, reverse=True)
    assert sum(kinds) == pytest.approx(item["risk"], abs=1e-9)
    assert all(one["text"]["es"] != one["text"]["en"] for one in item["kinds"]["likeliest"])


def test_a_record_from_before_kinds_replays_by_the_bundle_of_its_day(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    before = replace(scorer(), kinds=None, corrections={})
    promote(house.wiring, bundle(house.wiring, whole=before).id)
    profiles(house.wiring)
    house.engine._look()
    answer = house.decide(request("A-4"))
    details = house.details(answer["decision_id"])
    assert answer["items"][0]["kinds"] is None
    assert "kinds" not in details["outcome"]["items"][0]
    assert replay(details, house.champion, house.engine._terms) == ()
    house.engine.close()


def test_other_headings_are_derived_from_record_and_snapshot_whenever_they_are_read(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    promote(house.wiring, bundle(house.wiring).id)
    publish(house.wiring.snapshots, _shoes(DAY))
    house.engine._look()
    decision = house.decide(request("H-1"))["decision_id"]
    first = house.caller.get(f"/v1/decisions/{decision}/headings")
    answer = HeadingsAnswer.model_validate_json(first.body)
    assert (answer.as_of, answer.items[0].item_no) == (DAY, 1)
    assert [one.heading for one in answer.items[0].others] == ["6203", "8471"]
    assert answer.items[0].others[0].corrected == 2
    publish(house.wiring.snapshots, _shoes(DAY, more=5))
    house.engine._look()
    assert house.caller.get(f"/v1/decisions/{decision}/headings").body == first.body
    assert house.caller.get("/v1/decisions/none/headings").status == 404
    for folder in house.wiring.snapshots.glob("2*"):
        shutil.rmtree(folder)
    gone = HeadingsAnswer.model_validate_json(house.caller.get(f"/v1/decisions/{decision}/headings").body)
    assert (gone.snapshot, gone.items) == (None, [])
    house.engine.close()


def _shoes(day: date, more: int = 0) -> Snapshot:
    """A past of three headings."""
    records = [
        {
            "declaration_id": f"P-{number}", "item_no": 1, "accepted_at": "2024-04-01", "importer_id": "I",
            "origin_country": "CN", "hs_code": code, "cif": 100.0, "net_kg": 10.0, "description": "calzado",
        }
        for number, code in enumerate(["640399", "620342", "847130"] * (30 + more))
    ]  # fmt: skip
    return History.build(to_frame(from_records(records).columns).lazy(), None).snapshot(day)


def test_no_shipment_waits_for_a_long_explanation(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    decision, going_on = house.decide(request("LE-1"))["decision_id"], Event()
    monkeypatch.setattr(engine, "_explained", lambda *_, **__: b"{}" if going_on.wait(30) else None)
    with ThreadPoolExecutor(3) as pool:
        reads = [pool.submit(house.caller.get, f"/v1/decisions/{decision}/explanation") for _ in range(3)]
        house.decide(request("LE-2"))
        assert not any(read.done() for read in reads)
        going_on.set()
        assert [read.result().status for read in reads] == [200] * 3


def test_a_record_replays_to_the_last_bit(house: House) -> None:
    for number in range(5):
        answer = house.decide(request(f"R-{number}", items=number + 1))
        details = house.details(answer["decision_id"])
        assert replay(details, house.champion, house.engine._terms) == ()


def test_what_lightgbm_explained_for_want_of_tables_says_so_and_replays_where_there_are_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_: str) -> Explainer:
        raise ForestError("no tables", remedy="none")

    with monkeypatch.context() as patch:
        patch.setattr(Explainer, "of", refused)
        house = House(tmp_path)
    assert house.champion is not None
    decision = house.decide(request("R-8"))["decision_id"]
    details = house.details(decision)
    told = json.loads(house.caller.get(f"/v1/decisions/{decision}/explanation").body)
    assert (house.champion.explainer, details["outcome"]["explainer"]) == ("lightgbm", "lightgbm")
    assert told["explainer"]["code"] == "lightgbm"
    assert told["explainer"]["text"] in told["text"]
    tabled = load(house.champion.path, read_key_ring(house.wiring.registered_keys))
    assert tabled.explainer == "tables"
    assert replay(details, tabled, house.engine._terms) == ()
    del details["outcome"]["explainer"]
    assert "/explainer" in replay(details, house.champion, house.engine._terms)
    house.engine.close()


def test_replay_says_what_differs(house: House) -> None:
    details = house.details(house.decide(request("R-9"))["decision_id"])
    details["given"]["columns"]["cif"][0] = 9_999.0
    differences = replay(details, house.champion, house.engine._terms)
    assert any(path.startswith("/items/0/reasons") for path in differences)
    assert "/items/0/value_mid" not in differences, "the value model does not see what was declared"


@pytest.mark.parametrize("objective", Objective)
def test_under_no_objective_has_the_model_to_be_done_without(objective: Objective, tmp_path: Path) -> None:
    shares = Shares(red=0.4, orange=0.6)
    house = House(tmp_path, selection=SelectionSettings(objective=objective, shares=shares))
    answer = house.decide(request("O-1", items=2))
    details = house.details(answer["decision_id"])
    outcome = details["outcome"]
    assert answer["degraded"] == []
    assert answer["selection"]["reason"] in {"model", "random"}
    by_score = outcome["score"] > outcome["thresholds"]["red"]
    assert (answer["lane"] == "red") == (by_score or answer["selection"]["reason"] == "random")
    today = terms_of(details, house.engine._terms.rules, house.wiring.intake)
    assert (today.selection.objective, today.selection.shares) == (objective, shares)
    assert replay(details, house.champion, today) == ()
    house.engine.close()


def test_the_record_gives_the_declaration_back_as_it_was_accepted(house: House) -> None:
    answer = house.decide(request("R-10", items=2))
    columns = columns_of(house.details(answer["decision_id"]))
    assert list(columns) == list(NAMES)
    assert columns["cif"].tolist() == [250.0, 250.0]
    assert columns["courier_id"].tolist() == [None, None]
    assert (columns["warnings"].dtype, columns["customs_date"].dtype) == (np.uint64, np.int32)
    recorded_at = house.stored(answer["decision_id"]).record.recorded_at
    assert columns["known_at"][0] == int(recorded_at.timestamp() * 1e6)


def test_nothing_personal_stands_open_in_the_ledger(house: House) -> None:
    answer = house.decide(request("P-secret-9"))
    leaf = house.stored(answer["decision_id"]).leaf
    assert b"secret" not in leaf
    told = json.loads(leaf)["public"]
    assert set(told) == {
        *("versions", "lane", "reason", "rule", "p_document", "p_physical", "draw", "degraded"),
        *("version", "amends", "reply_sha256"),
    }


def test_what_is_declared_to_be_worth_nothing_is_looked_at_and_scored_as_the_cheapest_there_is(
    house: House,
) -> None:
    asked = [request(f"Z-{cents}") for cents in (0, 1)]
    for cents, each in enumerate(asked):
        each["items"][0]["cif"] = cents / 100
    nothing, cent = (house.decide(each) for each in asked)
    assert nothing["lane"] in {"orange", "red"}
    assert "no_value" in house.details(nothing["decision_id"])["outcome"]["matched"]
    assert [one["rule"] for one in nothing["items"][0]["warnings"]] == ["zero_value"]
    assert nothing["items"][0]["risk"] >= cent["items"][0]["risk"] / 2


def test_warnings_are_told_and_explained(house: House) -> None:
    doubtful = request("W-1")
    doubtful["items"][0] |= {"incoterm": "XXX", "unit": "??"}
    warnings = house.decide(doubtful)["items"][0]["warnings"]
    assert [warning["rule"] for warning in warnings] == ["unit_unknown", "incoterm_unknown"]
    assert all(warning["text"]["es"] != warning["text"]["en"] for warning in warnings)


def test_what_is_tried_out_is_what_would_be_decided_and_leaves_nothing(own: House) -> None:
    arms = request("T-1")
    arms["items"][0]["hs_code"] = "930200"
    before = own.count
    tried = [own.caller.post("/v1/decisions?dry_run=true", arms) for _ in range(2)]
    assert tried[0].body == tried[1].body
    told = DryRunAnswer.model_validate_json(tried[0].body).model_dump(mode="json")
    assert own.count == before
    assert own.used(Lane.RED) == 0
    decided = own.decide(arms)
    assert {name: decided[name] for name in told if name != "dry_run"} == {
        name: value for name, value in told.items() if name != "dry_run"
    }
    assert own.used(Lane.RED) == 1


def test_who_tries_out_learns_no_lot(tmp_path: Path) -> None:
    house = House(tmp_path, model=False, selection=SelectionSettings(random_share=1.0))
    told = house.caller.post("/v1/decisions?dry_run=true", request())
    answer = DryRunAnswer.model_validate_json(told.body)
    assert (answer.lane, answer.selection.p_physical) == ("green", 1.0)
    assert house.decide(request())["lane"] == "red"
    house.engine.close()


def test_a_cancelled_decision_gives_its_inspections_back_once_and_stays_as_it_was(own: House) -> None:
    arms = request("C-1")
    arms["items"][0]["hs_code"] = "930200"
    first = own.caller.post("/v1/decisions", arms)
    decision_id = json.loads(first.body)["decision_id"]
    assert own.used(Lane.RED) == 1
    answers = [
        own.caller.post(f"/v1/decisions/{decision_id}:cancel", {"reason": reason})
        for reason in ("withdrawn", "mistake")
    ]
    told = CancellationAnswer.model_validate_json(answers[0].body)
    assert answers[0].body == answers[1].body
    assert (told.decision_id, told.reason) == (decision_id, "withdrawn")
    assert own.used(Lane.RED) == 0
    assert own.caller.get(f"/v1/decisions/{decision_id}").body == first.body
    assert own.caller.post("/v1/decisions", arms).body == first.body


def test_what_was_inspected_can_not_be_cancelled(own: House) -> None:
    decided = own.decide(request("C-2"))
    assert own.caller.post("/v1/outcomes", [outcome("C-2")]).status == 200
    refused = own.caller.post(f"/v1/decisions/{decided['decision_id']}:cancel", {"reason": "withdrawn"})
    assert (refused.status, json.loads(refused.body)["type"]) == (409, "urn:tamiz:problem:inspected")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/decisions/nobody:cancel", {"reason": "withdrawn"}, 404),
        ("/v1/decisions/nobody:cancel", {"reason": "because"}, 422),
        ("/v1/decisions/nobody:cancel", {}, 422),
        ("/v1/decisions?dry_run=perhaps", request(), 400),
    ],
)
def test_what_can_not_be_cancelled_or_tried_out_is_told(
    house: House, path: str, body: dict[str, Any], status: int
) -> None:
    refused = house.caller.post(path, body)
    assert refused.status == status
    assert json.loads(refused.body)["remedy"]


def test_the_model_selects_within_its_share(tmp_path: Path) -> None:
    everything = SelectionSettings(shares=Shares(red=1.0, orange=0.0))
    house = House(tmp_path, selection=everything)
    answer = house.decide(request())
    assert (answer["lane"], answer["selection"]["reason"]) == ("red", "model")
    assert answer["selection"]["p_physical"] == 1.0
    house.engine.close()


def test_another_champion_is_taken_and_a_bad_one_refused_while_the_good_one_works_on(own: House) -> None:
    first = own.champion
    other = bundle(own.wiring, "two")
    assert first is not None
    promote(own.wiring, other.id)
    own.engine._look()
    assert own.decide(request("S-1"))["model"]["bundle_id"] == other.id
    damaged = bundle(own.wiring, "three")
    (damaged.path / "risk.txt").write_bytes((damaged.path / "risk.txt").read_bytes().replace(b"1", b"2", 1))
    for bad in ("ffffffffffffffff", "../../etc", damaged.id):
        promote(own.wiring, bad)
        own.engine._look()
        assert own.decide(request(f"S-{bad}"))["model"]["bundle_id"] == other.id
        assert own.caller.get("/v1/ready").json()["model_refused"]
    own.wiring.champion.write_text("{")
    own.engine._look()
    assert own.caller.get("/v1/ready").json()["model"] == other.id
    promote(own.wiring, first.id)
    own.engine._look()
    state = own.caller.get("/v1/ready").json()
    assert (state["model"], state["model_refused"]) == (first.id, None)


@pytest.mark.parametrize("key", [TRAINER, "unsigned"], ids=["the trainer's", "nobody's"])
def test_a_champion_approved_by_the_wrong_key_is_refused(own: House, key: Any) -> None:
    first = own.champion
    other = bundle(own.wiring, "two")
    promote(own.wiring, other.id, key=APPROVER if key == "unsigned" else key)
    if key == "unsigned":
        pointer = json.loads(own.wiring.champion.read_text())
        own.wiring.champion.write_text(json.dumps(pointer | {"grounds": [{"en": "none"}]}))
    own.engine._look()
    assert own.champion is first
    assert own.caller.get("/v1/ready").json()["model_refused"]


def test_a_model_whose_trainers_key_is_revoked_stops_working(own: House) -> None:
    register(own.wiring, trainer_revoked=True)
    own.engine._look()
    assert own.decide(request())["degraded"] == ["model"]
    register(own.wiring)
    own.engine._look()
    assert own.caller.get("/v1/ready").json()["model_refused"] is None
    assert own.decide(request("D-2"))["degraded"] == []


def test_an_unknown_decision_is_not_found(house: House) -> None:
    house.caller.post("/v1/outcomes", [outcome("X-1")])
    assert house.engine._stores is not None
    outcome_id = next(house.engine._stores.ledger.iterate(kinds=[Kind.OUTCOME])).record.id
    for decision_id in ("none", outcome_id, "x" * 65, "%2e%2e"):
        assert house.caller.get(f"/v1/decisions/{decision_id}").status == 404


def test_the_champion_is_told_with_its_card(house: House) -> None:
    champion = house.caller.get("/v1/models/champion").json()
    assert champion["card"] == {"name": "one"}
    assert champion["trainer"] == "trainer"


def test_what_was_decided_stays_decided_after_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path)
    first = house.caller.post("/v1/decisions", request())
    house.engine.close()
    again = House(tmp_path)
    assert again.caller.post("/v1/decisions", request()).body == first.body
    again.engine.close()


def test_a_decision_that_rests_on_tables_names_their_sources_and_replays(tmp_path: Path) -> None:
    house = House(tmp_path, model=False, serving={"top_reasons": 50})
    promote(house.wiring, bundle(house.wiring).id)
    publish(house.wiring.snapshots, Snapshot(DAY, {}, standing_entries(tables(), DAY)))
    house.engine._look()
    answer = house.decide(request("T-1"))
    reasons = {reason["code"]: reason for reason in answer["items"][0]["reasons"]}
    watched = reasons["watch_list"]
    assert watched["parameters"]["importer_severity"] == 3
    said = {"source": "Aduana", "licence": "internal", "valid_from": "2024-01-01", "known_on": "2024-01-01"}
    assert watched["parameters"].items() >= said.items()
    assert all(word in watched["text"][language] for word in said.values() for language in ("es", "en"))
    details = house.details(answer["decision_id"])
    assert [one[0] for one in details["given"]["sources"].values()] == ["Aduana"]
    assert not {"companies.active", "tariff.rate"} & set(details["given"]["history"]["names"].split())
    assert replay(details, house.champion, house.engine._terms) == ()
    assert "informer" not in json.dumps([answer, details])
    house.engine.close()


@pytest.mark.parametrize(
    ("became", "said"),
    [
        ((), "older than the one in force"),
        (("640411",), "; in HS 2022 it is 640411"),
        (("640411", "640419"), "; in HS 2022 it is 2 codes"),
    ],
)
def test_a_code_of_an_older_edition_is_warned_of_with_the_code_that_took_its_place(
    became: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    house = House(tmp_path, model=False)
    publish(house.wiring.snapshots, Snapshot(DAY, {}, standing_entries(correlations(*became), DAY)))
    house.engine._look()
    asked = request("E-1")
    asked["items"][0] |= {"hs_code": "6404110000", "hs_edition": "2017"}
    answer = house.decide(asked)
    warned = {one["rule"]: one["text"] for one in answer["items"][0]["warnings"]}
    assert warned["hs_edition_superseded"]["en"].endswith(said)
    assert "edición del SA" in warned["hs_edition_superseded"]["es"]
    others = [one["rule"] for item in answer["items"][1:] for one in item["warnings"]]
    assert "hs_edition_superseded" not in others
    assert replay(house.details(answer["decision_id"]), None, house.engine._terms) == ()
    house.engine.close()


def correlations(*became: str) -> Tables:
    """What the code of the request became in HS 2022, where anything."""
    said = {"valid_from": date(2022, 1, 1), "known_from": datetime(2022, 1, 1, tzinfo=UTC), "source": "WCO"}
    row = {"edition": "2017", "hs_code": "640411", "to_edition": "2022", "licence": "facts", **said}
    rows = [row | {"to_code": code} for code in became]
    kind = KIND["hs_correlation"]
    return Tables({"hs_correlation": ReferenceTable.build(kind, frame_of(kind, rows))} if rows else {})


def tables() -> Tables:
    """A watch list with the importer of the requests on it, and a reason that nobody is to read."""
    known = datetime(2024, 1, 1, 12, tzinfo=UTC)
    row = {
        "party_kind": "importer", "party": "I-secret-7", "list_name": "L", "severity": 3.0,
        "reason": "an informer", "valid_from": date(2024, 1, 1), "known_from": known, "source": "Aduana",
        "licence": "internal",
    }  # fmt: skip
    return Tables(
        {"watch_list": ReferenceTable.build(KIND["watch_list"], frame_of(KIND["watch_list"], [row]))}
    )


def test_nothing_of_a_table_is_in_the_words_of_an_object_or_an_error() -> None:
    held = tables()
    assert "informer" not in repr(held) + repr(held.held["watch_list"]) + str(held)
    assert "I-secret-7" not in repr(held) + repr(held.held["watch_list"])
