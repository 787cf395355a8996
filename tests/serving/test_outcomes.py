"""Outcomes: recorded once, known from then on, and at one with the decision that they are of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.decision_record import opened
from ledger.record import Kind
from selection.settings import SelectionSettings, Shares
from serving.answer import OutcomesAnswer
from serving.outcome_records import outcome_of
from tests.serving.caller import Caller
from tests.serving.house import House
from tests.serving.places import PORT_TOKEN, outcome, request


def test_outcomes_are_taken_down_once_and_known_from_then_on(own: House) -> None:
    own.decide(request("O-1"))
    outcomes = [outcome("O-1"), outcome("from-a-file", officer_id="officer-secret")]
    first = own.caller.post("/v1/outcomes", outcomes)
    OutcomesAnswer.model_validate_json(first.body)
    assert own.caller.post("/v1/outcomes", outcomes).body == first.body
    assert own.count == 3
    assert own.engine._stores is not None
    for stored in own.engine._stores.ledger.iterate(kinds=[Kind.OUTCOME]):
        details = opened(own.engine._stores.vault, stored.record).details
        assert details is not None
        assert outcome_of(details)["known_at"] == stored.record.recorded_at.isoformat()
        assert b"secret" not in stored.leaf


def test_a_corrected_outcome_is_a_new_version(own: House) -> None:
    own.caller.post("/v1/outcomes", [outcome("O-1")])
    other = outcome("O-1", finding="value", illicit=1)
    refused = own.caller.post("/v1/outcomes", [outcome("O-2"), other])
    assert (refused.status, own.count) == (422, 1)
    assert refused.json()["errors"][0]["pointer"] == "/1"
    assert own.caller.post("/v1/outcomes", [other | {"version": 2}]).status == 200


def test_whoever_sends_it_an_outcome_stands_once(own: House) -> None:
    first = own.caller.post("/v1/outcomes", [outcome("O-3")])
    another = Caller(own.caller.app, {"X-API-Key": PORT_TOKEN})
    assert another.post("/v1/outcomes", [outcome("O-3")]).body == first.body
    assert another.post("/v1/outcomes", [outcome(" O-3", critical=1)]).status == 422
    assert own.count == 1


@pytest.fixture
def selecting(tmp_path: Path) -> Iterator[House]:
    """A house whose model selects every declaration for a physical inspection."""
    everything = SelectionSettings(shares=Shares(red=1.0, orange=0.0))
    house = House(tmp_path, selection=everything)
    yield house
    house.engine.close()


def test_an_outcome_of_what_the_platform_selected_takes_its_probabilities_from_the_decision(
    selecting: House,
) -> None:
    decided = selecting.decide(request("O-4"))
    said = {name: decided["selection"][name] for name in ("p_document", "p_physical")}
    sent = outcome("O-4", selection_reason="model", lane="red")
    told = selecting.caller.post("/v1/outcomes", [sent])
    assert told.json()["outcomes"][0]["decision_id"] == decided["decision_id"]
    assert _recorded(selecting).items() >= {**sent, **said}.items()
    assert selecting.caller.post("/v1/outcomes", [sent]).body == told.body


def test_an_officers_choice_has_no_probability_and_an_unknown_declaration_no_decision(own: House) -> None:
    own.decide(request("O-5"))
    for name in ("O-5", "from-a-file"):
        told = own.caller.post("/v1/outcomes", [outcome(name)]).json()["outcomes"][0]
        assert "p_physical" not in _recorded(own)
        assert (told["decision_id"] is None) == (name == "from-a-file")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item_no": 2}, "item_no"),
        ({"selection_reason": "random"}, "selection_reason"),
        ({"selection_reason": "legacy"}, "selection_reason"),
        ({"lane": "orange"}, "lane"),
        ({"p_physical": 0.5}, "p_physical"),
        ({"p_document": 0.5}, "p_document"),
        ({"result_at": "2024-05-06T23:59:59-05:00"}, "result_at"),
        ({"inspected_at": "2024-05-06"}, "inspected_at"),
    ],
)
def test_an_outcome_that_contradicts_the_decision_is_refused_and_nothing_recorded(
    change: dict[str, Any], field: str, selecting: House
) -> None:
    selecting.decide(request("O-6"))
    sound = outcome("O-6", selection_reason="model", lane="red", p_physical=1.0)
    others = [outcome("from-a-file"), sound | change]
    refused = selecting.caller.post("/v1/outcomes", others)
    assert refused.status == 422
    [fault] = refused.json()["errors"]
    assert (fault["pointer"], fault["field"]) == (f"/1/{field}", field)
    assert selecting.count == 1
    assert selecting.caller.post("/v1/outcomes", [sound]).status == 200


def test_what_the_platform_did_not_select_was_selected_by_somebody_else(tmp_path: Path) -> None:
    nothing = SelectionSettings(shares=Shares(red=0.0, orange=0.0), random_share=1e-9)
    house = House(tmp_path, selection=nothing)
    assert house.decide(request("O-7"))["lane"] == "green"
    refused = house.caller.post("/v1/outcomes", [outcome("O-7", selection_reason="model")])
    assert refused.json()["errors"][0]["rule"] == "the platform did not select it"
    assert house.caller.post("/v1/outcomes", [outcome("O-7")]).status == 200
    house.engine.close()


def test_an_outcome_may_be_of_a_decision_that_was_amended_since(own: House) -> None:
    first = own.decide(request("O-8", items=2))
    own.decide(request("O-8", version=2))
    told = own.caller.post("/v1/outcomes", [outcome("O-8", item_no=2)]).json()
    assert told["outcomes"][0]["decision_id"] == first["decision_id"]


def _recorded(house: House) -> dict[str, Any]:
    """The newest outcome of the ledger, as later learning reads it."""
    assert house.engine._stores is not None
    *_, stored = house.engine._stores.ledger.iterate(kinds=[Kind.OUTCOME])
    details = opened(house.engine._stores.vault, stored.record).details
    assert details is not None
    return outcome_of(details)
