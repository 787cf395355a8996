"""What is said of a decision when it is read: true to its record, ever the same, little for its trader."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from babel.messages.pofile import read_po

from customs.lane import Lane
from ledger.decision_record import opened
from ledger.record import Kind
from ledger.vault import Role, Subject
from scoring.words import LANGUAGES
from selection.capacity import Thresholds
from selection.settings import DailyLimits, Objective, SelectionSettings, Shares
from serving.answer import Degradation
from serving.counterfactual import CODES, smallest_change
from serving.evidence import given_of, terms_of
from serving.explanation_answer import ExplanationAnswer, TraderAnswer
from serving.record_snapshot import record_snapshot
from serving.variants import Bench, Request, changed
from tests.serving.caller import Answer
from tests.serving.house import House
from tests.serving.places import request

ROOT = Path(__file__).parents[2]
EVERYTHING = SelectionSettings(
    objective=Objective.REVENUE, shares=Shares(red=0.3, orange=0.3), random_share=1e-9
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("explanation"), selection=EVERYTHING)
    yield house
    house.engine.close()


def read(house: House, decision_id: str, *, view: str = "officer", language: str = "en") -> Answer:
    path = f"/v1/decisions/{decision_id}/explanation?view={view}"
    return house.caller.get(path, accept_language=language)


def explained(house: House, sound: dict[str, Any], **asked: str) -> dict[str, Any]:
    answer = read(house, house.decide(sound)["decision_id"], **asked)
    assert answer.status == 200, answer.body
    ExplanationAnswer.model_validate_json(answer.body)
    return dict(answer.json())


def stopped(house: House, name: str) -> dict[str, Any]:
    """A request that the model stops: one of some that differ in value."""
    for cif in (250.0, 2.0, 20.0, 2_000.0, 20_000.0):
        sound = request(f"{name}-{cif:g}")
        sound["items"][0]["cif"] = cif
        if house.decide(sound)["selection"]["reason"] == "model":
            return sound
    raise AssertionError("the model stops none of them")


def test_the_parts_of_an_items_score_add_up_to_it_and_are_those_of_the_answer(house: House) -> None:
    decided = house.decide(request("E-1", items=2))
    told = read(house, decided["decision_id"]).json()
    given = given_of(house.details(decided["decision_id"]))
    assert house.champion is not None
    raw = house.champion.score(given.columns, given.history).raw
    assert [item["score"] for item in told["items"]] == pytest.approx(raw.tolist(), abs=1e-9)
    parts = [reason["contribution"] for reason in told["items"][0]["reasons"]]
    assert parts == [reason["contribution"] for reason in decided["items"][0]["reasons"]]


@pytest.mark.parametrize(("accept", "language"), [("en", "en"), ("es-PE, en;q=0.5", "es"), ("fr", "es")])
def test_it_is_told_in_the_language_that_is_asked_for(house: House, accept: str, language: str) -> None:
    decided = house.decide(request("E-2"))
    answer = read(house, decided["decision_id"], language=accept)
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept-Language"
    texts = [reason["text"] for reason in answer.json()["items"][0]["reasons"]]
    assert texts == [reason["text"][language] for reason in decided["items"][0]["reasons"]]


def test_it_is_derived_once_and_then_read_from_the_ledger(house: House) -> None:
    decided = house.decide(stopped(house, "E-3"))
    before = house.count
    first = read(house, decided["decision_id"])
    assert house.count == before + 1
    assert read(house, decided["decision_id"]).body == first.body
    assert house.count == before + 1
    stores = house.engine._stores
    assert stores is not None
    [kept] = [
        one
        for one in stores.ledger.iterate(kinds=[Kind.EXPLANATION])
        if one.record.public["decision_id"] == decided["decision_id"]
    ]
    assert first.json()["change"]["leaf_hash"] == kept.leaf_hash.hex()
    assert opened(stores.vault, kept.record).details is not None


def test_with_the_facts_changed_as_it_says_the_declaration_gets_the_lane_it_says(house: House) -> None:
    """Whatever the limits: they are laid between the score that there is and the lowest within reach."""
    sound = stopped(house, "E-4")
    with bench_of(house, sound) as bench:
        base, *others = scores(bench, sound, *(changed(sound, 0, {"cif": 250.0 * n}) for n in (2, 5, 10)))
        for limit in (0.9 * base + 0.1 * min(others), 0.5 * base + 0.5 * min(others)):
            at = replace(bench, thresholds=Thresholds(red=limit, orange=-1.0))
            found = smallest_change(at, Lane.RED, [0])
            assert found.changes, "a dearer item is within reach"
            assert not {"importer_id", "seller_id"} & {name for one in found.changes for name in one.changed}
            again = sound
            for one in found.changes:
                again = changed(again, 0, one.changed)
            [made] = at.selected([again])
            assert made is not None
            assert made.lane is found.lane is Lane.ORANGE
            assert scores(bench, again)[0] <= limit < base


def test_of_changes_that_would_do_the_smallest_is_told(house: House) -> None:
    sound = stopped(house, "E-4b")
    with bench_of(house, sound) as bench:
        [base] = scores(bench, sound)
        near, far = (
            smallest_change(replace(bench, thresholds=Thresholds(limit, -1.0)), Lane.RED, [0])
            for limit in (base, base * 0.98)
        )
    costs = [sum(one.cost for one in found.changes) for found in (near, far)]
    assert costs[0] <= costs[1]


def test_where_red_was_used_up_less_than_orange_is_looked_for(house: House) -> None:
    sound = stopped(house, "E-4c")
    with bench_of(house, sound) as bench:
        [base] = scores(bench, sound)
        at = replace(bench, thresholds=Thresholds(red=base * 0.99, orange=-1.0))
        assert smallest_change(at, Lane.ORANGE, [0]).lane is not Lane.ORANGE


def test_a_lane_that_a_rule_demands_is_not_left_by_facts_of_the_model(house: House) -> None:
    unknown = stopped(house, "E-4d")
    unknown["items"][0]["origin_country"] = "ZZ"
    with bench_of(house, stopped(house, "E-4e")) as bench:
        at = replace(bench, request=unknown, thresholds=Thresholds(red=1e9, orange=1e9))
        assert [made.lane for made in at.selected([unknown]) if made] == [Lane.ORANGE]
        found = smallest_change(at, Lane.ORANGE, [0])
        assert [one.fact for one in found.changes] in ([], ["origin_country"])


def test_what_decided_without_the_model_is_said_and_no_change_is_looked_for(tmp_path: Path) -> None:
    house = House(tmp_path, selection=SelectionSettings(random_share=1e-9, shares=Shares(red=0, orange=0)))
    arms = request("E-5")
    arms["items"][0]["hs_code"] = "930200"
    told = explained(house, arms)
    assert told["selection"]["rule"]["legal_basis"].startswith("Arms Trade Treaty")
    assert (told["change"]["facts"], told["change"]["lane"]) == ([], None)
    assert told["change"]["text"].startswith("A rule decided")
    assert explained(house, request("E-5b"))["change"]["text"].startswith("It was not selected")
    house.engine.close()


def test_a_drawn_declaration_says_that_nothing_speaks_against_it(tmp_path: Path) -> None:
    house = House(tmp_path, selection=SelectionSettings(random_share=1.0, shares=Shares(red=0, orange=0)))
    told = explained(house, request("E-6"))
    assert told["text"].startswith("Drawn at random: any declaration can be, without any suspicion.")
    house.engine.close()


def test_what_was_missing_or_unusual_and_what_it_was_decided_without_is_said(tmp_path: Path) -> None:
    house = House(tmp_path, model=False)
    sound = request("E-7")
    del sound["items"][0]["net_kg"]
    told = explained(house, sound)
    assert "net_kg" in told["items"][0]["missing"]
    assert [one["code"] for one in told["degraded"]] == ["model", "profiles"]
    assert told["change"]["leaf_hash"] is None
    assert "rules and the random draw alone" in told["text"]
    house.engine.close()


def test_the_trader_reads_nothing_by_which_another_lane_could_be_had(house: House) -> None:
    sound = stopped(house, "E-8")
    decided = house.decide(sound)
    answer = read(house, decided["decision_id"], view="trader")
    told = TraderAnswer.model_validate_json(answer.body).model_dump(mode="json")
    assert (told["lane"], told["rule"]) == (decided["lane"], None)
    assert set(told["items"][0]) == {"item_no", "warnings", "missing"}
    for word in ("risk", "score", "contribution", "threshold", "quota", "p_physical", "reason", "bundle"):
        assert word not in answer.body.decode().replace("risk management", "")


def test_no_view_holds_a_threshold(house: House) -> None:
    decided = house.decide(stopped(house, "E-9"))
    limits = house.details(decided["decision_id"])["outcome"]["thresholds"]
    for view in ("officer", "trader"):
        body = read(house, decided["decision_id"], view=view).body.decode()
        assert not any(str(limit) in body for limit in limits.values())


def test_a_cancelled_decision_says_so(house: House) -> None:
    decided = house.decide(request("E-10"))
    house.caller.post(f"/v1/decisions/{decided['decision_id']}:cancel", {"reason": "duplicate"})
    assert read(house, decided["decision_id"]).json()["cancelled"]["reason"] == "duplicate"


def test_without_the_snapshot_of_its_day_that_is_said_and_nothing_appended(tmp_path: Path) -> None:
    house = House(tmp_path, selection=EVERYTHING)
    decided = house.decide(stopped(house, "E-11"))
    [folder] = [path for path in house.wiring.snapshots.iterdir() if path.is_dir()]
    folder.rename(folder.with_name("elsewhere"))
    before = house.count
    told = read(house, decided["decision_id"]).json()
    assert told["change"]["text"].startswith("The histories it was decided by are not kept")
    assert house.count == before
    folder.with_name("elsewhere").rename(folder)
    assert read(house, decided["decision_id"]).json()["change"]["leaf_hash"]
    house.engine.close()


def test_of_an_erased_decision_nothing_is_explained(tmp_path: Path) -> None:
    house = House(tmp_path, selection=EVERYTHING)
    decided = house.decide(request("E-12"))
    assert house.engine._stores is not None
    house.engine._stores.vault.forget(Subject(Role.IMPORTER, "I-secret-7"))
    assert read(house, decided["decision_id"]).status == 410
    house.engine.close()


def test_unknown_decisions_and_views_are_refused(house: House) -> None:
    assert read(house, "nobody").status == 404
    assert read(house, "nobody", view="auditor").status == 400


def test_a_declaration_scored_again_unchanged_has_its_recorded_score(house: House) -> None:
    """What variants are compared with is what was decided, to the last bit."""
    sound = stopped(house, "E-13")
    recorded = house.details(house.decide(sound)["decision_id"])["outcome"]["score"]
    with bench_of(house, sound) as bench:
        refused, dearer = changed(sound, 0, {"hs_code": None}), changed(sound, 0, {"cif": 1e12})
        assert bench.selected([refused]) == [None], "intake refuses it"
        unchanged, other = scores(bench, sound, dearer)
    assert unchanged == float(recorded)
    assert other != unchanged


def scores(bench: Bench, *variants: Request) -> list[float]:
    found = [made.score for made in bench.selected(variants) if made]
    known = [score for score in found if score is not None]
    assert len(known) == len(variants)
    return known


@contextmanager
def bench_of(house: House, sound: dict[str, Any]) -> Iterator[Bench]:
    decided = house.decide(sound)
    recorded = house.details(decided["decision_id"])
    given, champion = given_of(recorded), house.champion
    assert champion is not None
    with record_snapshot(given, house.wiring.snapshots) as store:
        assert store is not None
        yield Bench(
            sound,
            datetime.fromisoformat(decided["recorded_at"]),
            int(given.columns["customs_date"][0]),
            champion,
            store,
            terms_of(recorded, house.engine._terms.rules, house.wiring.intake),
            Thresholds(**{lane: float(limit) for lane, limit in recorded["outcome"]["thresholds"].items()}),
        )


def test_every_code_has_its_words_in_both_languages() -> None:
    lanes = {"rule": ("red", "orange"), "model": ("red", "orange"), "random": ("red",), "none": ("green",)}
    codes = [f"selection/{reason}/{lane}" for reason, each in lanes.items() for lane in each]
    codes += [f"degraded/{code}" for code in get_args(Degradation)]
    codes += [f"fact/{name}" for name in (*CODES, "value", "mass", "quantity", "freight", "insurance")]
    codes += [f"trader/{case}/{lane}" for case in ("rule", "selected") for lane in ("red", "orange")]
    known = {language: set(_catalogue(language)) for language in LANGUAGES}
    assert set(codes) <= known["es"] == known["en"]


def _catalogue(language: str) -> list[str]:
    path = ROOT / "scoring" / "locale" / language / "LC_MESSAGES" / "explanation.po"
    with path.open("rb") as file:
        return [str(message.id) for message in read_po(file) if message.id]


def test_past_inspections_of_which_the_model_says_nearly_the_same_are_told_by_item(house: House) -> None:
    told = explained(house, request("E-30", items=2))
    assert house.champion is not None
    cases = house.champion.scorer.past_cases
    assert cases is not None
    for item in told["items"]:
        similar = item["similar"]
        distances = [case["distance"] for case in similar["cases"]]
        assert distances == sorted(distances)
        assert similar["found"] == sum(case["finding"] != "none" for case in similar["cases"])
        assert similar["text"].startswith(f"With a finding: {similar['found']} of the {len(distances)} past")
        assert similar["usual"] == cases.found


def test_the_past_inspections_of_a_stopped_declaration_are_kept_with_the_change(house: House) -> None:
    sound = stopped(house, "E-31")
    told = explained(house, sound)
    stores = house.engine._stores
    assert stores is not None
    [details] = [
        opened(stores.vault, one.record).details
        for one in stores.ledger.iterate(kinds=[Kind.EXPLANATION])
        if one.record.public["decision_id"] == told["decision_id"]
    ]
    assert details is not None
    kept, shown = details["similar"][0]["cases"], told["items"][0]["similar"]["cases"]
    assert [one["distance"] for one in kept] == [one["distance"] for one in shown]
    assert kept[0].keys() == {"customs_date", "heading", "origin_country", "finding", "distance"}


def test_what_is_told_of_a_released_declaration_is_kept_when_its_bundle_is_gone(tmp_path: Path) -> None:
    nothing = SelectionSettings(random_share=1e-9, shares=Shares(red=0, orange=0))
    house = House(tmp_path, selection=nothing)
    decided = house.decide(request("E-32"))
    before = house.count
    first = read(house, decided["decision_id"])
    assert first.json()["items"][0]["similar"]["cases"]
    assert first.json()["change"]["text"].startswith("It was not selected")
    assert house.count == before + 1
    house.engine.close()
    house.wiring.champion.unlink()
    shutil.rmtree(house.wiring.bundles)
    later = House(tmp_path, selection=nothing, model=False)
    assert later.champion is None
    assert read(later, decided["decision_id"]).body == first.body
    assert later.count == before + 1
    later.engine.close()


@pytest.mark.parametrize(("limit", "words"), [(None, "no daily limit"), (9, "had capacity left")])
def test_capacity_is_spoken_of_where_there_is_a_limit(limit: int | None, words: str, tmp_path: Path) -> None:
    selection = SelectionSettings(
        shares=Shares(red=1.0, orange=0.0), daily_limits=DailyLimits(red=limit, orange=limit)
    )
    house = House(tmp_path, selection=selection)
    assert words in explained(house, request("E-40"))["selection"]["text"]
    house.engine.close()
