"""Promotion: by evidence, by another key than the trainer's, and back again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from customs.evidence import (
    ColumnDrift,
    Comparison,
    Difference,
    Disparity,
    DriftReport,
    Evaluation,
    EvaluationReport,
    Footprint,
    Probe,
    Promotion,
    SkillClaim,
)
from customs.figure import Figure
from scoring.approval import check_approval
from scoring.bundle import Bundle
from scoring.errors import KeyRefusedError
from scoring.signature import KeyRing, RegisteredKey
from scoring.signing_key import SigningKey
from training.catalogue import each
from training.errors import PromotionError, PromotionRefusedError
from training.evaluate import TO_CHAMPION, TO_CHAMPION_AT_CAPACITY
from training.gate import gate
from training.present import Present
from training.probes import PROBES
from training.promotion import approve, read_champion, read_promotions, rollback
from training.report import report_from_json, report_to_json
from training.settings import TrainingSettings
from training.strictness import examined_by

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


PASSED = tuple(Probe(name, passed=True, words=each(lambda _: "as it should be")) for name in PROBES)


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
        figures |= {"ratio_to_champion": to_champion, "ratio_to_champion_at_capacity": to_champion}
    skill = SkillClaim("average_precision", "rules", 2.0, bound)
    return EvaluationReport(
        (Evaluation("test", "model", 1000, 100, figures),),
        skill,
        (),
        champion,
        examined=examined_by(SETTINGS),
        probes=PASSED,
    )


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
    assert "no skill" in recorded.grounds[0]["en"]


def test_what_is_decided_is_handed_over_signed_before_it_takes_effect(tmp_path: Path) -> None:
    handed = []

    def record(decided: Promotion) -> None:
        check_approval(decided, RING)
        handed.append((decided.accepted, read_champion(tmp_path)))

    promote(tmp_path, "aaaa", record=record)
    with pytest.raises(PromotionRefusedError):
        promote(tmp_path, "bbbb", report(bound=0.5), record=record)
    assert handed[0] == (True, None)
    assert not handed[1][0]


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
        (Figure(1.05, 0.92, 1.2), True),
        (Figure(1.0, 1.0, 1.0), True),
        (Figure(1.05, 0.85, 1.3), False),
        (Figure(0.99, 0.95, 1.05), False),
        (Figure(0.95, 0.92, 0.98), False),
    ],
)
def test_a_challenger_must_be_no_worse_at_capacity_and_surely_not_worse_by_more_than_the_margin(
    ratio: Figure, *, accepted: bool
) -> None:
    evidence = report(to_champion=ratio, champion="aaaa")
    assert gate(evidence, "aaaa", SETTINGS).accepted is accepted


def test_a_challenger_surely_worse_over_the_whole_ranking_is_refused_however_good_at_capacity() -> None:
    evidence = report(to_champion=Figure(1.3, 1.1, 1.5), champion="aaaa")
    (model,) = evidence.evaluations
    worse = replace(model, figures={**model.figures, "ratio_to_champion": Figure(0.8, 0.7, 0.9)})
    verdict = gate(replace(evidence, evaluations=(worse,)), "aaaa", SETTINGS)
    assert not verdict.accepted
    assert "average precision over the champion's" in verdict.grounds[0]["en"]


def test_a_model_without_skill_replaces_no_champion_however_much_better_it_is() -> None:
    evidence = report(bound=0.9, to_champion=Figure(1.4, 1.2, 1.6), champion="aaaa")
    verdict = gate(evidence, "aaaa", SETTINGS)
    assert not verdict.accepted
    assert "no skill" in verdict.grounds[0]["en"]


@pytest.mark.parametrize("name", PROBES)
def test_a_probe_that_failed_or_was_left_out_is_a_refusal_by_its_name(name: str) -> None:
    others = tuple(probe for probe in PASSED if probe.name != name)
    failed = (*others, Probe(name, passed=False, words=each(lambda _: "the label stands in it")))
    for probes in (others, failed):
        verdict = gate(replace(report(), probes=probes), None, SETTINGS)
        assert not verdict.accepted
        assert f"probe '{name}'" in verdict.grounds[0]["en"]


@pytest.mark.parametrize(
    ("name", "laxer", "stricter"),
    [
        ("probe_feature_auc", 1.0, 0.9),
        ("probe_days", 1, 31),
        ("decontaminate_above", 1.0, 0.0),
        ("least_group", 5000, 10),
        ("replicates", 100, 2000),
        ("skill_replicates", 1000, 9000),
    ],
)
def test_a_model_examined_by_laxer_settings_than_the_gates_is_refused_by_their_name(
    name: str, laxer: float, stricter: float
) -> None:
    for value, accepted in ((laxer, False), (stricter, True)):
        training = SETTINGS.model_copy(update={name: value})
        verdict = gate(replace(report(), examined=examined_by(training)), None, SETTINGS)
        assert verdict.accepted is accepted
        told = f"{name} {value:g} (the gate asks for {getattr(SETTINGS, name):g})"
        assert (told in verdict.grounds[0]["en"]) is not accepted


@pytest.mark.parametrize(("name", "others"), [("capacity", (4.0, 16.0)), ("interval_level", (0.5, 0.99))])
def test_what_was_measured_at_another_capacity_or_level_is_no_evidence(
    name: str, others: tuple[float, ...]
) -> None:
    for value in others:
        training = SETTINGS.model_copy(update={name: value})
        assert not gate(replace(report(), examined=examined_by(training)), None, SETTINGS).accepted


def test_a_report_that_does_not_say_how_it_examined_is_refused() -> None:
    held = report_to_json(report())
    del held["examined"]
    verdict = gate(report_from_json(held), None, SETTINGS)
    assert not verdict.accepted
    assert "probe_days – (la promoción pide 2)" in verdict.grounds[0]["es"]


def test_a_group_is_refused_only_where_it_is_surely_burdened_beyond_the_bounds() -> None:
    for measure, sure, unsure in (
        ("needless", Figure(20.0, 11.0, 30.0), Figure(20.0, 9.0, 40.0)),
        ("hits", Figure(0.1, 0.05, 0.2), Figure(0.1, 0.01, 0.5)),
    ):
        for ratio, accepted in (
            (sure, False),
            (unsure, True),
            (Figure(9.0, float("nan"), float("nan")), True),
        ):
            borne = (Disparity("origin_region", "030", measure, ratio),)
            assert gate(replace(report(), disparities=borne), None, SETTINGS).accepted is accepted


def test_a_bundle_too_big_or_too_slow_is_refused_with_what_it_takes() -> None:
    small = Footprint(1_000_000, 300, 9000, 400.0)
    assert gate(report(), None, SETTINGS, Present(small)).accepted
    for beyond in (
        replace(small, bytes=65_000_000),
        replace(small, leaves=200_001),
        replace(small, microseconds=20_001.0),
    ):
        verdict = gate(report(), None, SETTINGS, Present(beyond))
        assert not verdict.accepted
        assert "µs a row" in verdict.grounds[0]["en"]


def test_inputs_that_drifted_since_it_learnt_are_a_refusal_unless_the_settings_say_otherwise() -> None:
    moved = DriftReport("aaaa", "2025-01-01", "2025-02-01", 100, 100, (), alert=True, words=("risk drifted",))
    assert not gate(report(), None, SETTINGS, Present(drift=moved)).accepted
    assert gate(report(), None, SETTINGS, Present(drift=replace(moved, alert=False))).accepted
    lenient = SETTINGS.model_copy(update={"gate_drift": False})
    assert gate(report(), None, lenient, Present(drift=moved)).accepted


def test_drift_that_was_not_measured_is_said_not_to_have_been() -> None:
    verdict = gate(report(), None, SETTINGS)
    assert verdict.accepted
    assert "drift was not measured" in verdict.grounds[-1]["en"]


def test_a_shadow_run_that_is_asked_for_must_be_long_enough_and_nowhere_surely_worse() -> None:
    asked = SETTINGS.model_copy(update={"gate_shadow_days": 14})
    evidence = report(to_champion=Figure(1.1, 1.0, 1.2), champion="aaaa")
    worse = Difference("auc", *(Figure(0.7, 0.6, 0.8),) * 2, Figure(-0.1, -0.2, -0.05), more_is_better=True)
    run = Comparison("bbbb", "aaaa", "2025-01-01", "2025-01-15", 500, 40, 0.9, ())
    for present, accepted in (
        (Present(), False),
        (Present(shadow=run, shadow_days=13), False),
        (Present(shadow=run, shadow_days=14), True),
        (Present(shadow=replace(run, differences=(worse,)), shadow_days=14), False),
    ):
        assert gate(evidence, "aaaa", asked, present).accepted is accepted
    assert gate(report(), None, asked, Present()).accepted


def test_a_comparison_with_a_champion_of_before_counts_for_nothing_against_the_one_of_today() -> None:
    better = Figure(1.4, 1.2, 1.6)
    weak = gate(report(bound=0.9, to_champion=better, champion="aaaa"), "bbbb", SETTINGS)
    assert not weak.accepted
    assert "no skill" in weak.grounds[0]["en"]
    skilled = gate(report(to_champion=better, champion="aaaa"), "bbbb", SETTINGS)
    assert skilled.accepted
    assert "no comparison with the champion bbbb" in skilled.grounds[1]["en"]


def test_a_model_that_was_not_judged_beside_todays_champion_is_judged_beside_it_when_promoted() -> None:
    better, worse = Figure(1.1, 1.0, 1.2), Figure(0.9, 0.8, 1.0)
    for figure, accepted in ((better, True), (worse, False), (None, False)):
        ratios = None if figure is None else dict.fromkeys((TO_CHAMPION, TO_CHAMPION_AT_CAPACITY), figure)
        seen = Present(beside=ratios, comparable=True)
        assert gate(report(to_champion=better, champion="aaaa"), "bbbb", SETTINGS, seen).accepted is accepted


def test_skill_that_was_claimed_by_another_measure_or_at_a_lower_level_is_none() -> None:
    claimed = report()
    for changed in ({"measure": "precision_at_1"}, {"level": 0.9}):
        skill = replace(cast(SkillClaim, claimed.skill), **cast(Any, changed))
        verdict = gate(replace(claimed, skill=skill), None, SETTINGS)
        assert not verdict.accepted
        assert "the gate asks for average precision at 99.9%" in verdict.grounds[0]["en"]


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


def test_where_what_it_learnt_from_is_not_kept_the_refusal_says_what_to_do() -> None:
    verdict = gate(report(), None, SETTINGS, Present(reference=False))
    assert not verdict.accepted
    assert "train again" in verdict.grounds[0]["en"]
    assert "entrene de nuevo" in verdict.grounds[0]["es"]
    lenient = SETTINGS.model_copy(update={"gate_drift": False})
    assert gate(report(), None, lenient, Present(reference=False)).accepted


def test_drift_names_the_columns_that_moved_furthest() -> None:
    moved = tuple(ColumnDrift(name, "psi", score, 0.1, True) for name, score in (("risk", 0.2), ("tax", 0.9)))
    drift = DriftReport("aaaa", "2025-01-01", "2025-02-01", 100, 100, moved, alert=True, words=("alert",))
    (ground,) = gate(report(), None, SETTINGS, Present(drift=drift)).grounds
    assert "tax (psi 0.90 > 0.10), risk (psi 0.20 > 0.10)" in ground["es"]


def test_a_refusal_is_told_in_the_languages_that_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(PromotionRefusedError) as refused:
        promote(tmp_path, "aaaa", report(bound=0.97, error=0.5))
    spanish = PromotionRefusedError(refused.value.grounds, ["es"])
    assert "sin habilidad; error de calibración 0.500" in str(spanish)
    assert "entrene de nuevo" in spanish.remedy
    assert str(PromotionRefusedError(refused.value.grounds, ["es", "en"])).count("\n") == 1
