"""The policy: lanes, reasons, and probabilities that are right given the past."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customs.decision import ItemScore
from customs.lane import Lane
from customs.outcome import SelectionReason
from selection.capacity import Place, Thresholds, thresholds
from selection.draw import uniform
from selection.facts import DeclarationFacts
from selection.lanes import declaration_score, declaration_scores
from selection.memory_quota import MemoryQuota
from selection.policy import Choice, select
from selection.recorded_quota import RecordedQuota
from selection.rules import RuleBook
from selection.settings import DailyLimits, Objective, SelectionSettings, Shares
from tests.selection.redraw import run
from tests.selection.some_declarations import DAY, declaration, scores

SETTINGS = SelectionSettings()
BOOK = RuleBook(SETTINGS.rules)
THRESHOLDS = Thresholds(red=0.7, orange=0.4)
MISS, HIT = 0.5, 0.005
PLAIN = declaration("D1")
ARMS = declaration("D2", {"hs_code": "930200"})
UNKNOWN = declaration("D3", {"hs_code": "610910", "origin_country": "ZZ"})
EXEMPT = declaration("D4", {"importer_aeo": True, "cif": 10.0, "hs_code": "610910"})
MODEL, RULE, RANDOM = SelectionReason.MODEL, SelectionReason.RULE, SelectionReason.RANDOM


def chosen(
    facts: DeclarationFacts,
    item_scores: list[ItemScore] | None,
    *,
    draw: float = MISS,
    quota: MemoryQuota | None = None,
    settings: SelectionSettings = SETTINGS,
) -> Choice:
    return select(
        facts, item_scores, rules=BOOK, thresholds=THRESHOLDS, quota=quota or MemoryQuota(), draw=draw,
        settings=settings,
    )  # fmt: skip


CASES = [
    # facts, risk, draw -> lane, reason, rule, p_document, p_physical
    (PLAIN, 0.1, MISS, Lane.GREEN, None, None, 0.01, 0.01),
    (PLAIN, 0.1, HIT, Lane.RED, RANDOM, None, 0.01, 0.01),
    (PLAIN, 0.5, MISS, Lane.ORANGE, MODEL, None, 1.0, 0.01),
    (PLAIN, 0.5, HIT, Lane.RED, RANDOM, None, 1.0, 0.01),
    (PLAIN, 0.9, MISS, Lane.RED, MODEL, None, 1.0, 1.0),
    (PLAIN, 0.9, HIT, Lane.RED, MODEL, None, 1.0, 1.0),
    (PLAIN, 0.7, MISS, Lane.ORANGE, MODEL, None, 1.0, 0.01),
    (ARMS, 0.1, MISS, Lane.RED, RULE, "arms", 1.0, 1.0),
    (ARMS, 0.9, HIT, Lane.RED, RULE, "arms", 1.0, 1.0),
    (UNKNOWN, 0.5, MISS, Lane.ORANGE, RULE, "origin_unknown", 1.0, 0.01),
    (UNKNOWN, 0.9, MISS, Lane.RED, MODEL, None, 1.0, 1.0),
    (UNKNOWN, 0.1, HIT, Lane.RED, RANDOM, None, 1.0, 0.01),
    (EXEMPT, 0.99, MISS, Lane.GREEN, None, "trusted_low_value", 0.001, 0.001),
    (EXEMPT, 0.99, HIT, Lane.GREEN, None, "trusted_low_value", 0.001, 0.001),
    (EXEMPT, 0.99, 0.0005, Lane.RED, RANDOM, None, 0.001, 0.001),
    (PLAIN, None, MISS, Lane.GREEN, None, None, 0.01, 0.01),
    (PLAIN, None, HIT, Lane.RED, RANDOM, None, 0.01, 0.01),
    (ARMS, None, MISS, Lane.RED, RULE, "arms", 1.0, 1.0),
]


@pytest.mark.parametrize(
    ("facts", "risk", "draw", "lane", "reason", "rule", "p_document", "p_physical"), CASES
)
def test_lane_reason_and_probabilities(  # noqa: PLR0917 - a table of cases
    facts: DeclarationFacts, risk: float | None, draw: float, lane: Lane, reason: SelectionReason | None,
    rule: str | None, p_document: float, p_physical: float,
) -> None:  # fmt: skip
    selection = chosen(facts, None if risk is None else scores(risk), draw=draw).selection
    assert (selection.lane, selection.reason, selection.rule) == (lane, reason, rule)
    assert (selection.p_document, selection.p_physical, selection.draw) == (p_document, p_physical, draw)


def test_without_thresholds_rules_and_draw_decide_alone() -> None:
    choice = select(
        PLAIN, scores(0.9), rules=BOOK, thresholds=None, quota=MemoryQuota(), draw=MISS, settings=SETTINGS
    )
    assert choice.selection.lane is Lane.GREEN
    assert choice.score is None


def test_when_red_is_used_up_the_next_highest_scores_go_to_orange_then_green() -> None:
    settings = SelectionSettings(daily_limits=DailyLimits(red=1, orange=1))
    quota = MemoryQuota()
    selections = [chosen(PLAIN, scores(0.9), quota=quota, settings=settings).selection for _ in range(3)]
    assert [selection.lane for selection in selections] == [Lane.RED, Lane.ORANGE, Lane.GREEN]
    assert [selection.p_physical for selection in selections] == [1.0, 0.01, 0.01]
    assert [selection.p_document for selection in selections] == [1.0, 1.0, 0.01]


def test_no_quota_stops_rules_or_the_draw_and_both_are_counted() -> None:
    settings = SelectionSettings(daily_limits=DailyLimits(red=0, orange=0))
    quota = MemoryQuota()
    assert chosen(ARMS, scores(0.9), quota=quota, settings=settings).selection.reason is RULE
    assert chosen(PLAIN, scores(0.9), quota=quota, settings=settings, draw=HIT).selection.reason is RANDOM
    assert chosen(PLAIN, scores(0.9), quota=quota, settings=settings).selection.lane is Lane.GREEN
    assert quota.used(Place(DAY, PLAIN.office, Lane.RED)) == 2


def test_an_office_has_its_own_count_and_may_have_its_own_limit() -> None:
    settings = SelectionSettings(
        daily_limits=DailyLimits(red=1, orange=0), office_limits={"235": DailyLimits(red=2, orange=0)}
    )
    quota = MemoryQuota()
    lanes = {
        office: [
            chosen(
                declaration("D", office=office), scores(0.9), quota=quota, settings=settings
            ).selection.lane
            for _ in range(3)
        ]
        for office in ("118", "235", "")
    }
    assert lanes == {
        "118": [Lane.RED, Lane.GREEN, Lane.GREEN],
        "235": [Lane.RED, Lane.RED, Lane.GREEN],
        "": [Lane.RED, Lane.GREEN, Lane.GREEN],
    }


def test_what_is_not_yet_released_is_left_for_the_afternoon() -> None:
    settings = SelectionSettings(daily_limits=DailyLimits(red=4, orange=0))
    quota = MemoryQuota()

    def reds(released: float) -> int:
        choices = [
            select(PLAIN, scores(0.9), rules=BOOK, thresholds=THRESHOLDS, quota=quota, draw=MISS,
                   settings=settings, released=released)
            for _ in range(4)
        ]  # fmt: skip
        return sum(choice.selection.lane is Lane.RED for choice in choices)

    assert [reds(0.25), reds(0.75), reds(1.0)] == [1, 2, 1]


def test_whether_the_model_has_room_does_not_depend_on_the_declarations_own_lot() -> None:
    settings = SelectionSettings(daily_limits=DailyLimits(red=1, orange=0))
    probabilities = []
    for draw in (MISS, HIT):
        quota = MemoryQuota()
        chosen(PLAIN, scores(0.9), quota=quota, settings=settings)
        selection = chosen(PLAIN, scores(0.9), quota=quota, settings=settings, draw=draw).selection
        probabilities.append((selection.p_document, selection.p_physical))
    assert probabilities[0] == probabilities[1] == (0.01, 0.01)


def test_logged_probabilities_are_right_when_the_same_days_are_drawn_again() -> None:
    result = run(count=10_000, seed=11)
    assert result["spread_of_p"] > 0.1
    assert max(result["documents_z"], result["goods_z"], result["weighted_z"]) < 4


@given(
    risk=st.floats(0, 1) | st.none(),
    draw=st.floats(0, 1, exclude_max=True),
    facts=st.sampled_from([PLAIN, ARMS, UNKNOWN, EXEMPT]),
    limit=st.integers(0, 2) | st.none(),
)
def test_a_selection_replays_from_its_record(
    risk: float | None, draw: float, facts: DeclarationFacts, limit: int | None
) -> None:
    settings = SelectionSettings(daily_limits=DailyLimits(red=limit, orange=limit))
    item_scores = None if risk is None else scores(risk)
    quota = MemoryQuota()
    chosen(PLAIN, scores(0.9), quota=quota, settings=settings)
    choice = chosen(facts, item_scores, draw=draw, quota=quota, settings=settings)
    recorded = json.loads(json.dumps([asdict(take) for take in choice.takes]))
    again = select(
        facts, item_scores, rules=BOOK, thresholds=choice.thresholds, draw=draw, settings=settings,
        quota=RecordedQuota.of(recorded),
    )  # fmt: skip
    assert again == choice


@given(st.text(), st.binary(min_size=1))
def test_the_lot_of_a_declaration_is_its_own_and_never_changes(identifier: str, key: bytes) -> None:
    draw = uniform(key, identifier)
    assert 0 <= draw < 1
    assert draw == uniform(key, identifier)
    assert (draw * 2**53).is_integer()


def test_lots_are_spread_evenly_and_hang_on_the_key() -> None:
    lots = np.array([uniform(b"key", f"D{number}") for number in range(20_000)])
    assert np.abs(np.histogram(lots, 20, (0, 1))[0] - 1000).max() < 150
    others = np.array([uniform(b"other", f"D{number}") for number in range(20_000)])
    assert abs(np.corrcoef(lots, others)[0, 1]) < 0.03


@given(
    group=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    seed=st.integers(0, 2**32 - 1),
    objective=st.sampled_from(Objective),
)
def test_one_declaration_scores_as_it_does_among_many(
    group: list[int], seed: int, objective: Objective
) -> None:
    rng = np.random.default_rng(seed)
    number = np.unique(group, return_inverse=True)[1]
    risk, revenue = rng.random(len(group)), rng.exponential(100, len(group))
    together = declaration_scores(number, risk, revenue, objective)
    for declared in range(number.max() + 1):
        mine = number == declared
        items = [
            ItemScore(1, r, None, e, None, None, None) for r, e in zip(risk[mine], revenue[mine], strict=True)
        ]
        assert declaration_score(items, objective) == together[declared]


def test_items_without_a_score_are_left_out_and_a_declaration_of_them_has_none() -> None:
    assert declaration_score(scores(None, 0.3), Objective.RISK) == 0.3
    assert declaration_score(scores(None, None), Objective.RISK) is None
    assert declaration_score(scores(0.3, revenue=None), Objective.RISK) == 0.3
    assert declaration_score(scores(0.3, revenue=None), Objective.REVENUE) is None
    assert declaration_score([], Objective.BLEND) is None


@given(st.lists(st.integers(0, 50), min_size=1, max_size=300), st.floats(0, 0.5), st.floats(0, 0.5))
def test_thresholds_never_overrun_a_lane_however_many_scores_are_equal(
    values: list[int], red: float, orange: float
) -> None:
    reference = np.array(values, dtype=float)
    limits = thresholds(
        lambda q: float(np.quantile(reference, q, method="higher")), Shares(red=red, orange=orange)
    )
    assert (reference > limits.red).mean() <= red + 1e-12
    assert (reference > limits.orange).mean() <= red + orange + 1e-12
    assert limits.orange <= limits.red


def test_shares_that_add_up_to_more_than_all_are_refused() -> None:
    with pytest.raises(ValueError, match="more than all"):
        Shares(red=0.6, orange=0.6)
