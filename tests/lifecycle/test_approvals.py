"""Who made which model champion: every step with its keys, checked again, and named beside a decision."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from lifecycle.approvals import approval_of
from tests.lifecycle.houses import House, candidate, like, report, requests_of, service
from tests.lifecycle.terminal import tamiz


@pytest.fixture
def promoted(own: House) -> tuple[House, str]:
    """A house that got another champion by the command line, and went back; the other's id."""
    second = candidate(own.workspace, report(champion=own.bundle))
    refused = candidate(own.workspace, report(bound=0.9))
    tamiz(own.root, "models", "promote", refused, "--key", "approver").refuses(3, "no skill")
    for words in (("promote", second), ("rollback",)):
        ended = tamiz(own.root, "models", *words, "--key", "approver")
        assert ended.status == 0, ended.err
    return own, second


def test_every_step_is_listed_with_its_keys_and_grounds(promoted: tuple[House, str]) -> None:
    own, second = promoted
    _, refused, made, back = tamiz(own.root, "models", "history", "--json").object["steps"]
    assert [one["accepted"] for one in (refused, made, back)] == [False, True, True]
    assert (made["bundle"], made["previous"]) == (second, own.bundle)
    assert (back["bundle"], back["previous"]) == (own.bundle, None)
    assert [one["wrong"] for one in (refused, made, back)] == [[], [], []]
    keys = {
        one["name"]: one["fingerprint"] for one in tamiz(own.root, "keys", "list", "--json").object["signers"]
    }
    assert made["approver"] == {"name": "approver", "fingerprint": keys["approver"]}
    assert made["trainer"] == {"name": "trainer", "fingerprint": keys["trainer"]}
    text = tamiz(own.root, "models", "history").out
    assert text.count(keys["approver"][:30]) == 4
    assert "grounds, es" in text
    assert "…" not in text


def test_a_step_that_was_rewritten_or_that_the_ledger_does_not_hold_is_named(
    promoted: tuple[House, str],
) -> None:
    own, second = promoted
    file = own.workspace.bundles / "promotions.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    lines[2]["decided_at"] = "2020-01-01T00:00:00+00:00"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    ended = tamiz(own.root, "models", "history", "--json")
    assert ended.status == 1
    first, refused, made, back = ended.object["steps"]
    assert first["wrong"] == ["the ledger does not hold it"]
    assert ["signature" in words for words in made["wrong"]] == [True]
    assert made["bundle"] == second
    assert (refused["wrong"], back["wrong"]) == ([], [])


def test_a_decision_names_who_made_its_model_champion(promoted: tuple[House, str]) -> None:
    own, second = promoted
    before = tamiz(own.root, "audit", "show", own.decisions[0], "--json").object
    assert before["approval"] is None
    api_key = tamiz(own.root, "keys", "create", "other-port", "--role", "clearance").out.strip()
    request = like(requests_of(own.world / "today.parquet")[0], 7)
    with service(own.session, datetime.now(UTC), api_key) as caller:
        decided = caller.post("/v1/decisions", request).json()
    told = tamiz(own.root, "audit", "show", decided["decision_id"], "--json").object["approval"]
    assert (told["bundle"], told["accepted"], told["wrong"]) == (own.bundle, True, [])
    assert (told["approver"]["name"], told["trainer"]["name"]) == ("approver", "trainer")
    assert approval_of(own.session, second, told["seq"]) is not None


def test_without_a_promotion_the_next_step_is_told(own: House) -> None:
    (own.workspace.bundles / "promotions.jsonl").unlink()
    ended = tamiz(own.root, "models", "history")
    assert (ended.status, ended.out) == (0, "")
    assert "tamiz models promote" in ended.err
