"""Degraded rather than silent: what is decided, and what is said of it, while a part is away."""

from __future__ import annotations

import shutil
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from customs.outcome import SelectionReason
from features.history.history import History
from features.lmdb_profile_store import FILE
from features.profile_store import publish
from scoring.bundle import Bundle
from selection.errors import QuotaUnavailable
from selection.settings import SelectionSettings
from serving.replay import replay
from tests.features.history_reference import make_world
from tests.serving.house import House
from tests.serving.places import (
    DAY,
    bundle,
    outcome,
    profiles,
    promote,
    request,
)


def test_a_declaration_is_judged_by_the_profiles_of_its_day(own: House) -> None:
    profiles(own.wiring, date(2024, 5, 8))
    own.engine._look()
    assert own.decide(request("V-2"))["profiles_as_of"] == "2024-05-07"
    later = request("V-3", accepted_at="2024-05-08T08:00:00-05:00")
    assert own.decide(later)["profiles_as_of"] == "2024-05-08"


def test_without_a_model_rules_and_draw_decide_and_it_is_said(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    answer = house.decide(request("N-1"))
    assert answer["degraded"] == ["model", "profiles"]
    assert (answer["items"][0]["risk"], answer["model"], answer["profiles_as_of"]) == (None, None, None)
    arms = request("N-2")
    arms["items"][0]["hs_code"] = "930200"
    assert house.decide(arms)["selection"]["reason"] == SelectionReason.RULE
    details = house.details(answer["decision_id"])
    assert replay(details, None, house.engine._terms) == ()
    assert house.stored(answer["decision_id"]).record.public["degraded"] == ["model", "profiles"]
    assert house.caller.get("/v1/ready").json()["status"] == "ready"
    assert house.caller.get("/v1/models/champion").status == 404
    house.engine.close()


def test_a_model_that_fails_does_not_keep_the_declaration_from_being_decided(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("I-secret-7")

    monkeypatch.setattr(Bundle, "score", broken)
    assert own.decide(request())["degraded"] == ["model"]
    assert "ZeroDivisionError at" in own.log.getvalue()
    assert "secret" not in own.log.getvalue()


def test_when_the_time_for_the_model_has_passed_rules_and_draw_decide_and_it_is_said(tmp_path: Path) -> None:
    house = House(tmp_path, serving={"model_seconds": 1e-9}, selection=SelectionSettings(random_share=1e-9))
    arms = request()
    arms["items"][0]["hs_code"] = "930200"
    for sound, lane in ((arms, "red"), (request("D-2"), "green")):
        answer = house.decide(sound)
        assert (answer["lane"], answer["degraded"], answer["items"][0]["risk"]) == (lane, ["late"], None)
        assert replay(house.details(answer["decision_id"]), house.champion, house.engine._terms) == ()
    house.engine.close()


def test_a_model_that_is_slow_at_one_of_many_items_is_not_waited_for(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def slow(*_: object, **__: object) -> tuple[()]:
        asked.append(1)
        time.sleep(own.wiring.serving.model_seconds)
        return ()

    monkeypatch.setattr(Bundle, "explain", slow)
    assert own.decide(request("slow", items=9))["degraded"] == ["late"]
    assert len(asked) == 1


def test_a_profile_store_that_fails_does_not_keep_the_declaration_from_being_decided(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own.engine._profiles, "lookup", lambda _: 1 / 0)
    answer = own.decide(request())
    assert (answer["degraded"], answer["profiles_as_of"]) == (["profiles"], None)
    said = [reason["text"] for item in answer["items"] for reason in item["reasons"]]
    assert any(text["en"].startswith("Histories and reference tables could not be read: ") for text in said)
    assert any(text["es"].startswith("No se pudieron leer los historiales ni ") for text in said)
    assert answer["items"][0]["risk"] is not None


def test_profiles_that_were_damaged_before_they_served_are_refused_and_those_before_stay(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, serving={"watch_seconds": 60})
    world = make_world(30, 11)
    later = History.build(world.item_frame(), world.outcome_frame()).snapshot(DAY + timedelta(days=1))
    file = publish(house.wiring.snapshots, later) / FILE
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + bytes(len(whole) - 8192))
    house.engine._look()
    assert house.decide(request())["profiles_as_of"] == DAY.isoformat()
    assert "is damaged" in house.caller.get("/v1/ready").body.decode()
    house.engine.close()


def test_damaged_profiles_do_not_keep_a_declaration_from_being_decided(tmp_path: Path) -> None:
    house = House(tmp_path, serving={"watch_seconds": 60})
    world = make_world(30, 11)
    snapshot = History.build(world.item_frame(), world.outcome_frame()).snapshot(DAY)
    folder = publish(house.wiring.snapshots, snapshot)
    house.engine._look()
    with (folder / FILE).open("r+b") as file:
        file.seek(8192)
        file.write(bytes((folder / FILE).stat().st_size - 8192))
    answer = house.decide(request())
    assert (answer["degraded"], answer["profiles_as_of"]) == (["profiles"], None)
    house.engine.close()
    shutil.rmtree(folder)
    house = House(tmp_path, model=False)
    assert house.decide(request("D-2"))["degraded"] == ["profiles"]
    assert "is not there" in house.caller.get("/v1/ready").body.decode()
    house.engine.close()


def test_profiles_that_fell_behind_are_named(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    promote(house.wiring, bundle(house.wiring).id)
    profiles(house.wiring, date(2024, 4, 1))
    house.engine._look()
    assert house.decide(request())["degraded"] == ["old_profiles"]
    house.engine.close()


def test_profiles_of_a_later_day_than_the_declaration_are_named(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    promote(house.wiring, bundle(house.wiring).id)
    profiles(house.wiring, DAY + timedelta(days=1))
    house.engine._look()
    answer = house.decide(request())
    assert (answer["degraded"], answer["profiles_as_of"]) == (
        ["later_profiles"],
        (DAY + timedelta(days=1)).isoformat(),
    )
    house.engine.close()


def test_a_quota_that_is_away_stops_nothing_but_is_named(own: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise QuotaUnavailable("away", remedy="wait")

    assert own.engine._stores is not None
    monkeypatch.setattr(own.engine._stores.quota, "take", away)
    arms = request()
    arms["items"][0]["hs_code"] = "930200"
    answer = own.decide(arms)
    assert (answer["lane"], answer["degraded"]) == ("red", ["quota"])
    assert replay(own.details(answer["decision_id"]), own.champion, own.engine._terms) == ()


def test_when_the_ledger_is_away_nothing_is_decided(own: House) -> None:
    own.wiring.ledger.rename(own.wiring.ledger.with_name("moved.db"))
    refused = own.caller.post("/v1/decisions", request())
    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert "manual review" in refused.json()["remedy"]
    assert own.caller.get("/v1/ready").status == 503
    assert own.caller.post("/v1/outcomes", [outcome("D-1")]).status == 503
    own.wiring.ledger.with_name("moved.db").rename(own.wiring.ledger)
    own.decide(request())
    assert own.count == 1


def test_a_ledger_that_cannot_be_opened_is_looked_for_again(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ledger.db").write_text("no database, but long enough to be one" * 50)
    house = House(tmp_path, model=False, serving={"watch_seconds": 60})
    assert house.caller.post("/v1/decisions", request()).status == 503
    assert house.caller.get("/v1/ready").json()["ledger"] == "away"
    (tmp_path / "data" / "ledger.db").unlink()
    house.engine._look()
    house.decide(request())
    house.engine.close()


def test_beside_a_ledger_no_new_keys_are_made_and_nothing_is_decided(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    house.decide(request())
    house.engine.close()
    kept = house.wiring.draw_key.rename(tmp_path / "kept")
    keyless = House(tmp_path, model=False)
    assert keyless.caller.post("/v1/decisions", request()).status == 503
    assert "draw.key is gone" in keyless.log.getvalue()
    keyless.engine.close()
    kept.rename(house.wiring.draw_key)
    for file in house.wiring.vault.iterdir():
        file.unlink()
    again = House(tmp_path, model=False)
    assert again.caller.post("/v1/decisions", request()).status == 503
    assert "keys of this ledger are away" in again.log.getvalue()
    assert not list(house.wiring.vault.iterdir())
    again.engine.close()


def test_readiness_says_before_the_first_refusal_that_the_disk_is_full(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert own.caller.get("/v1/ready").status == 200
    monkeypatch.setattr("ledger.sqlite_store._ROOM", 1 << 62)
    state = own.caller.get("/v1/ready")
    assert (state.status, state.json()["ledger"]) == (503, "away")


def test_while_another_file_lies_in_the_ledgers_place_the_service_is_not_ready(own: House) -> None:
    """Its write-ahead log belongs to the file before: only a restart may take it up."""
    own.wiring.ledger.rename(own.wiring.ledger.with_name("before"))
    assert own.caller.get("/v1/ready").status == 503
    own.wiring.ledger.write_bytes(own.wiring.ledger.with_name("before").read_bytes())
    own.engine._look()
    assert own.caller.get("/v1/ready").status == 503
    assert own.caller.post("/v1/decisions", request()).status == 503
