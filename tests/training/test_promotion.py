"""Promotion: by evidence, by another key than the trainer's, and back again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from customs.evidence import Evaluation, EvaluationReport, SkillClaim
from customs.figure import Figure
from scoring.approval import check_approval
from scoring.bundle import Bundle
from scoring.errors import KeyRefusedError
from scoring.signature import KeyRing, RegisteredKey
from scoring.signing_key import SigningKey
from training.errors import PromotionError, PromotionRefusedError
from training.promotion import (
    approve,
    gate,
    read_champion,
    read_promotions,
    rollback,
)
from training.settings import TrainingSettings

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SETTINGS = TrainingSettings()
TRAINER, APPROVER, STRANGER = (SigningKey.create() for _ in range(3))
RING = KeyRing(
    (
        RegisteredKey("tania", "trainer", TRAINER.public_key),
        RegisteredKey("ana", "approver", APPROVER.public_key),
    )
)


@dataclass(frozen=True)
class FakeBundle:
    """As much of a verified bundle as a promotion looks at."""

    id: str
    trainer: RegisteredKey = RING.keys[0]


def bundle(parent: Path, bundle_id: str) -> Bundle:
    (parent / bundle_id).mkdir(parents=True, exist_ok=True)
    return cast(Bundle, FakeBundle(bundle_id))


def report(
    bound: float = 1.5,
    *,
    error: float = 0.02,
    covered: float = 0.9,
    to_champion: Figure | None = None,
    champion: str | None = None,
) -> EvaluationReport:
    figures = {
        "calibration_error": Figure(error, error, error),
        "interval_coverage": Figure(covered, 0.8, 0.95),
    }
    if to_champion is not None:
        figures["ratio_to_champion"] = to_champion
    skill = SkillClaim("precision_at_5", "rules", 2.0, bound)
    return EvaluationReport((Evaluation("test", "model", 1000, 100, figures),), skill, (), champion)


def promote(parent: Path, bundle_id: str, evidence: EvaluationReport | None = None, **changes: Any) -> None:
    asked: dict[str, Any] = {"key": APPROVER, "key_ring": RING, "settings": SETTINGS, "now": NOW} | changes
    approve(parent, bundle(parent, bundle_id), evidence or report(), **asked)


EQUAL = Figure(1.0, 0.8, 1.2)


def test_a_first_model_becomes_champion_by_its_skill_and_the_pointer_says_who_approved(
    tmp_path: Path,
) -> None:
    promote(tmp_path, "aaaa")
    champion = read_champion(tmp_path)
    assert champion is not None
    assert (champion.bundle_id, champion.previous, champion.approver) == ("aaaa", None, "ana")
    check_approval(champion, RING, trainer=TRAINER.fingerprint)
    assert json.loads((tmp_path / "champion.json").read_text())["path"] == "aaaa"


def test_a_first_model_without_skill_is_refused_with_status_3_and_recorded(tmp_path: Path) -> None:
    with pytest.raises(PromotionRefusedError, match="no skill") as refused:
        promote(tmp_path, "aaaa", report(bound=0.97))
    assert refused.value.exit_status == 3
    assert read_champion(tmp_path) is None
    (recorded,) = read_promotions(tmp_path)
    assert not recorded.accepted
    assert "no skill" in recorded.grounds[0]


@pytest.mark.parametrize("key", [TRAINER, STRANGER])
def test_the_trainers_key_and_an_unknown_key_cannot_approve(tmp_path: Path, key: SigningKey) -> None:
    with pytest.raises(PromotionRefusedError, match="key is refused"):
        promote(tmp_path, "aaaa", key=key)
    assert read_champion(tmp_path) is None
    assert not read_promotions(tmp_path)[0].accepted


def test_an_approver_cannot_approve_what_the_same_key_trained(tmp_path: Path) -> None:
    both = KeyRing((*RING.keys, RegisteredKey("ana", "trainer", APPROVER.public_key)))
    own = replace(cast(Any, bundle(tmp_path, "aaaa")), trainer=both.keys[-1])
    with pytest.raises(PromotionRefusedError, match="trained this model"):
        approve(tmp_path, own, report(), key=APPROVER, key_ring=both, settings=SETTINGS, now=NOW)


@pytest.mark.parametrize(
    ("ratio", "accepted"),
    [
        (Figure(1.05, 0.9, 1.2), True),
        (Figure(0.95, 0.85, 1.05), True),
        (Figure(0.85, 0.7, 1.02), False),
        (Figure(0.95, 0.92, 0.98), False),
    ],
)
def test_a_challenger_may_not_be_worse_by_more_than_the_margin_nor_surely_worse(
    ratio: Figure, *, accepted: bool
) -> None:
    evidence = report(bound=0.9, to_champion=ratio, champion="aaaa")
    assert gate(evidence, "aaaa", SETTINGS).accepted is accepted


def test_a_comparison_with_a_champion_of_before_counts_for_nothing_against_the_one_of_today() -> None:
    better = Figure(1.4, 1.2, 1.6)
    weak = gate(report(bound=0.9, to_champion=better, champion="aaaa"), "bbbb", SETTINGS)
    assert not weak.accepted
    assert "no comparison with the champion" in weak.grounds[0]
    skilled = gate(report(to_champion=better, champion="aaaa"), "bbbb", SETTINGS)
    assert "no comparison with the champion" in skilled.grounds[0]


def test_unsound_probabilities_or_an_interval_that_does_not_cover_are_refused() -> None:
    assert not gate(report(error=0.2), None, SETTINGS).accepted
    assert not gate(report(covered=0.7), None, SETTINGS).accepted
    assert not gate(report(covered=0.99), None, SETTINGS).accepted
    assert gate(report(), None, SETTINGS).accepted


def test_rollback_goes_back_through_all_earlier_champions_each_signed(tmp_path: Path) -> None:
    for bundle_id in ("aaaa", "bbbb", "cccc"):
        promote(tmp_path, bundle_id, report(to_champion=EQUAL))
    back = [rollback(tmp_path, key=APPROVER, key_ring=RING, now=NOW).bundle_id for _ in range(2)]
    assert back == ["bbbb", "aaaa"]
    for promotion in read_promotions(tmp_path):
        check_approval(promotion, RING, trainer=TRAINER.fingerprint)
    with pytest.raises(PromotionError, match="no earlier champion"):
        rollback(tmp_path, key=APPROVER, key_ring=RING, now=NOW)


def test_rollback_after_a_model_came_back_goes_to_what_was_champion_before_it(tmp_path: Path) -> None:
    for bundle_id in ("aaaa", "bbbb", "aaaa", "cccc"):
        promote(tmp_path, bundle_id, report(to_champion=EQUAL))
    back = [rollback(tmp_path, key=APPROVER, key_ring=RING, now=NOW).bundle_id for _ in range(3)]
    assert back == ["aaaa", "bbbb", "aaaa"]


def test_an_edited_pointer_leads_no_rollback_anywhere(tmp_path: Path) -> None:
    for bundle_id in ("aaaa", "bbbb"):
        promote(tmp_path, bundle_id, report(to_champion=EQUAL))
    with pytest.raises(PromotionRefusedError):
        promote(tmp_path, "cccc", report(bound=0.5))
    pointer = tmp_path / "champion.json"
    held = json.loads(pointer.read_text())
    pointer.write_text(json.dumps(held | {"previous": "cccc"}))
    assert rollback(tmp_path, key=APPROVER, key_ring=RING, now=NOW).bundle_id == "aaaa"
    pointer.write_text(json.dumps(held | {"bundle_id": "cccc"}))
    with pytest.raises(PromotionError, match="not what was promoted last"):
        rollback(tmp_path, key=APPROVER, key_ring=RING, now=NOW)


@pytest.mark.parametrize("name", ["champion.json", "promotions.jsonl"])
def test_a_damaged_file_of_promotions_is_told_by_its_name(name: str, tmp_path: Path) -> None:
    promote(tmp_path, "aaaa", report(to_champion=EQUAL))
    (tmp_path / name).write_text('{"bundle_id": "aa')
    with pytest.raises(PromotionError, match=f"{name} is damaged"):
        rollback(tmp_path, key=APPROVER, key_ring=RING, now=NOW)


def test_rollback_by_a_key_that_may_not_approve_changes_nothing(tmp_path: Path) -> None:
    for bundle_id in ("aaaa", "bbbb"):
        promote(tmp_path, bundle_id, report(to_champion=EQUAL))
    with pytest.raises(PromotionRefusedError):
        rollback(tmp_path, key=TRAINER, key_ring=RING, now=NOW)
    champion = read_champion(tmp_path)
    assert champion is not None
    assert champion.bundle_id == "bbbb"


def test_a_changed_promotion_does_not_verify(tmp_path: Path) -> None:
    promote(tmp_path, "aaaa")
    champion = read_champion(tmp_path)
    assert champion is not None
    with pytest.raises(KeyRefusedError):
        check_approval(replace(champion, bundle_id="bbbb"), RING)


def test_promoting_the_champion_again_is_wrong_usage(tmp_path: Path) -> None:
    promote(tmp_path, "aaaa")
    with pytest.raises(PromotionError, match="champion already"):
        promote(tmp_path, "aaaa")
