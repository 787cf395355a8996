"""How figures are kept."""

from __future__ import annotations

import json
import math

from benchmarks.shown import kept, kept_parts, kept_skill
from customs.evidence import Evaluation, EvaluationReport, SkillClaim
from customs.figure import Figure


def test_what_does_not_exist_is_null_and_the_result_stays_json() -> None:
    figures = {"auc": Figure(0.71234, math.nan, 0.8), "brier": Figure(0.1, 0.1, 0.1)}
    report = EvaluationReport((Evaluation("test", "model", 10, 2, figures),), None, ())
    parts = kept_parts(report, {"auc": "AUC", "recall_at_5": "not measured"})
    assert parts == {"test": {"model": {"items": 10, "illicit": 2, "AUC": [0.7123, None, 0.8]}}}
    assert json.loads(json.dumps(parts, allow_nan=False)) == parts


def test_a_lift_over_nothing_is_kept_as_null() -> None:
    assert kept_skill(SkillClaim("precision_at_5", "rules", math.inf, math.nan))["lift"] is None
    assert kept_skill(None) == {}


def test_intervals_are_rounded_alike() -> None:
    assert kept(Figure(1 / 3, 0.25, 2 / 3)) == [0.3333, 0.25, 0.6667]
