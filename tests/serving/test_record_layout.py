"""What the record of a decision holds, to the byte: final, for the hashes of all records are made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from customs.decision import ItemScore, Kinds, Selection
from customs.lane import Lane
from customs.outcome import SelectionReason
from customs.reason import Reason
from features.settings import IntakeSettings
from ledger.exact import exact_bytes
from selection.capacity import Take, Thresholds
from selection.policy import Choice
from selection.rules import RuleBook
from selection.settings import DailyLimits, Objective, SelectionSettings, Shares
from serving.decide import Decided, Given, Successors, Terms
from serving.evidence import details_of

GIVEN = Given(
    columns={
        "declaration_id": np.array(["D-1", "D-1"], dtype=object),
        "item_no": np.array([1, 2]),
        "accepted_at": np.array([1714986000000000] * 2),
        "hs_code": np.array(["640399", "640411"], dtype=object),
        "description": np.array(['zapatos "Ñandú" – 東京', None], dtype=object),
        "cif": np.array([250.0, 0.1 + 0.2]),
        "net_kg": np.array([-0.0, np.nan]),
        "gross_kg": np.array([np.nan, np.nan]),
        "packages": np.array([1e-7, 1e300]),
        "office_id": np.array([None, None], object),
        "warnings": np.array([0, 2**53], np.uint64),
    },
    history={"importer.items": np.array([7, 0]), "hs6.uv_sq": np.array([2**60, -(2**53) + 1])},
    as_of=date(2024, 5, 6),
)
REASON = Reason("volume", -0.125, {"items": 7, "recent": None, "spread": 1e22, "hs_code": "640399"}, "1")
DECIDED = Decided(
    choice=Choice(
        selection=Selection(Lane.RED, SelectionReason.MODEL, None, 1.0, 1.0, 0.25),
        score=0.5,
        thresholds=Thresholds(0.375, float("-inf")),
        takes=(Take(Lane.RED, None, True, 3),),
        matched=("antiques",),
    ),
    scores=(
        ItemScore(1, 0.5, 0.75, 12.5, 1.0, 2.0, 3.0, (REASON,)),
        ItemScore(2, 0.25, None, None, None, None, None),
    ),
    warnings=(("zero_mass",), ()),
    successors=(Successors(), Successors(1, "640399")),
    degraded=("old_profiles",),
)
TERMS = Terms(
    rules=RuleBook(()),
    selection=SelectionSettings(
        objective=Objective.BLEND,
        shares=Shares(red=0.03, orange=0.05),
        daily_limits=DailyLimits(red=9, orange=None),
        random_share=0.01,
        exempt_floor=0.001,
    ),
    intake=IntakeSettings(time_zone="America/Lima"),
    top_reasons=8,
    profile_days=7,
)
DETAILS = (
    '{"given":{"as_of":"2024-05-06","columns":{"accepted_at":[1714986000000000,1714986000000000],'
    '"cif":[250.0,0.30000000000000004],"declaration_id":["D-1","D-1"],'
    '"description":["zapatos \\"Ñandú\\" – 東京",null],"hs_code":["640399","640411"],"item_no":[1,2],'
    '"net_kg":[-0.0,"nan"],"packages":[1e-07,"1e+300"],"warnings":[0,"9007199254740992"]},'
    '"history":{"names":"importer.items hs6.uv_sq","values":[[7,"1152921504606846976"],[0,'
    '-9007199254740991]]},"time_zone":"America/Lima"},"layout":1,'
    '"outcome":{"degraded":["old_profiles"],"items":[{"anomaly":0.75,"expected_revenue":12.5,'
    '"item_no":1,"reasons":[{"catalogue":"1","code":"volume","contribution":-0.125,'
    '"parameters":{"hs_code":"640399","items":7,"recent":null,"spread":"1e+22"}}],"risk":0.5,'
    '"value_high":3.0,"value_low":1.0,"value_mid":2.0},{"anomaly":null,"expected_revenue":null,'
    '"item_no":2,"reasons":[],"risk":0.25,"value_high":null,"value_low":null,"value_mid":null}],'
    '"matched":["antiques"],"score":0.5,"selection":{"draw":0.25,"lane":"red","p_document":1.0,'
    '"p_physical":1.0,"reason":"model","rule":null},"thresholds":{"orange":"-inf","red":0.375},'
    '"warnings":[["zero_mass"],[]]},"takes":[{"lane":"red","limit":null,"taken":true,"used":3}],'
    '"terms":{"daily_limits":{"orange":null,"red":9},"exempt_floor":0.001,"objective":"blend",'
    '"profile_days":7,"random_share":0.01,"shares":{"orange":0.05,"red":0.03},"top_reasons":8}}'
)


KINDS = Kinds({"classification": 0.125, "value": 0.375}, learnt=True)
"""The likeliest findings of the first item, by a model that knows of kinds."""


def test_kinds_stand_under_a_name_of_their_own_and_change_nothing_else() -> None:
    first, second = DECIDED.scores
    decided = replace(DECIDED, scores=(replace(first, kinds=KINDS), second))
    told = (
        '"item_no":1,"kinds":{"learnt":true,"probability":{"classification":0.125,"value":0.375}},"reasons"'
    )
    expected = DETAILS.replace('"item_no":1,"reasons"', told)
    assert exact_bytes(details_of(GIVEN, decided, TERMS)).decode() == expected


def test_the_details_of_a_decision_are_these_bytes_for_ever() -> None:
    assert exact_bytes(details_of(GIVEN, DECIDED, TERMS)).decode() == DETAILS
