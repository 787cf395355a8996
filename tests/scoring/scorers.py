"""A small scorer over the real recipe, for the tests of scoring: trained once a process."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import lightgbm
import numpy as np

from features.columns import Columns, from_records, take
from features.history.entities import HISTORY_NAMES
from features.history.entities import LEVELS as LEVELS_OF_COMPARABLES
from features.recipe import Recipe
from features.reference.row_numbers import MISSING
from features.reference.tables import REFERENCE_NAMES
from scoring.anomaly import AnomalyModel
from scoring.booster import Booster
from scoring.calibration import Calibration
from scoring.kinds import KindModel
from scoring.known_values import NAMES, KnownValues
from scoring.past_cases import PastCases
from scoring.revenue import RevenueModel
from scoring.risk import RiskModel
from scoring.scorer import Scorer
from scoring.thresholds import Thresholds
from scoring.value import LEVELS, Conform, ValueModel, unit_value
from scoring.value_groups import ValueGroups

DECLARATIONS = 250


@cache
def items() -> tuple[Columns, Columns]:
    """Give 500 items of 250 declarations with a history of random counts; no other knowledge in it."""
    rng = np.random.default_rng(3)
    records = []
    for number in range(2 * DECLARATIONS):
        mass = float(rng.lognormal(4, 1))
        records.append(
            {
                "declaration_id": f"D{number // 2:03}", "item_no": 1 + number % 2,
                "accepted_at": "2024-05-06", "office_id": str(rng.integers(1, 5)),
                "importer_id": f"I{rng.integers(0, 40)}",
                "declarant_id": f"B{rng.integers(0, 9)}" if number % 7 else None,
                "seller_id": f"S{rng.integers(0, 30)}", "origin_country": str(rng.choice(["CN", "US", "DE"])),
                "departure_country": "CN", "hs_code": str(rng.choice(["8471300000", "620342", "640399"])),
                "transport_mode": int(rng.integers(1, 5)), "quantity": float(rng.integers(1, 99)),
                "net_kg": mass if number % 11 else None, "gross_kg": mass * 1.1, "freight": mass / 10,
                "cif": mass * float(rng.lognormal(1, 0.6)), "tax_rate_pct": float(rng.choice([0, 6, 11, 40])),
            }
        )  # fmt: skip
    columns = from_records(records).columns
    history = {name: rng.integers(0, 40, len(records)) for name in HISTORY_NAMES}
    for name in HISTORY_NAMES:
        if name.endswith("_day"):
            history[name] = columns["customs_date"].astype(np.int64) - rng.integers(1, 90, len(records))
        elif name.endswith("_sq"):
            history[name] = history[name.replace("_sq", "_sum")] ** 2 * 3
        elif name.endswith("_sum"):
            history[name] = rng.integers(0, 50_000, len(records))
    history["comparables.level"] %= len(LEVELS_OF_COMPARABLES) + 1
    for name in REFERENCE_NAMES:
        history[name] = np.where(rng.random(len(records)) < 0.3, MISSING, rng.integers(0, 4, len(records)))
    return columns, history


@cache
def scorer() -> Scorer:
    """Give a scorer with every model."""
    columns, history = items()
    recipe = Recipe.fit(columns)
    matrix = recipe.matrix(columns, history)
    rng = np.random.default_rng(5)
    cif, rate = columns["cif"], columns["tax_rate_pct"]
    watched = matrix[:, recipe.names.index("watch_severity")] > 2
    label = (rng.random(len(matrix)) < 0.1 + 0.3 * (rate > 20) + 0.3 * watched).astype(float)
    risk = _trained(recipe.names, matrix, label, objective="binary")
    target = unit_value(cif, columns["net_kg"])
    known = ~np.isnan(target)
    seen = matrix[:, [recipe.names.index(name) for name in recipe.value_names]]
    goods = take(columns, known)
    values = KnownValues.of(goods, target[known])
    inputs = np.hstack([seen[known], values.columns(goods)])
    low, mid, high = (
        _trained((*recipe.value_names, *NAMES), inputs, target[known], objective="quantile", alpha=level)
        for level in LEVELS
    )
    filled = np.nan_to_num(matrix)
    centre = (filled - filled.mean(axis=0)) / (filled.std(axis=0) + 1.0)
    unusual = _trained(recipe.names, matrix, (centre**2).mean(axis=1), objective="regression")
    value = ValueModel((low, mid, high), values, grouping=ValueGroups.fit(goods["net_kg"]))
    value = value.conformalised(Conform(inputs, target[known], value.groups(goods), np.ones(len(inputs))))
    whole = Scorer(
        recipe=recipe,
        risk=RiskModel(risk, Calibration.fit(risk.predict(matrix, raw=True), label)),
        value=value,
        anomaly=AnomalyModel.fit(unusual, matrix),
        revenue=RevenueModel.plain(cif, rate, value.interval(seen, columns)[1]),
        kinds=_kinds(recipe.names, matrix, rate),
        corrections={"6403": {"6203": 2, "8471": 1}},
    )
    scores = whole.score_matrix(matrix, columns)
    thresholds = Thresholds.fit(columns["declaration_id"], scores.risk, scores.expected_revenue)
    assert whole.risk is not None
    found = np.where(label == 1, "value", "none").tolist()
    cases = PastCases.of(recipe, whole.risk, matrix, columns, found)
    return replace(whole, thresholds=thresholds, past_cases=cases)


def declaration(number: int) -> tuple[Columns, Columns]:
    """Give the items of one declaration, and their history."""
    columns, history = items()
    both = slice(2 * number, 2 * number + 2)
    return take(columns, both), take(history, both)


def _kinds(names, matrix, rate):
    value = _trained(names, matrix, (rate > 20).astype(float), objective="binary")
    return KindModel({"classification": 0.3, "other": 0.1, "value": 0.6}, {"value": value}, 0.5)


def _trained(names, matrix, target, **parameters):
    fixed = {
        "num_leaves": 7,
        "verbosity": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
    }
    train = lightgbm.Dataset(matrix, target, feature_name=list(names))
    return Booster(lightgbm.train({**fixed, **parameters}, train, 10).model_to_string())
