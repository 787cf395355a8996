"""Fitting: the same to the byte, early when it is time, and quantiles that are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from estimation.ranking import auc
from scoring.booster import Booster
from training.anomaly_model import fit_anomaly, isolation
from training.fit import Watch, fit
from training.risk_model import FIRST, SPACE, LabelledMatrix, fit_risk
from training.risk_objective import risk_objective, usable_windows
from training.settings import TrainingSettings
from training.split import LabelledRows, boundaries_of, split_by_time
from training.study import search
from training.table import tabulate
from training.trial import Plan
from training.value_model import FIRST as VALUE_FIRST
from training.value_model import SPACE as VALUE_SPACE
from training.value_model import ValueRows, fit_value, honest_values, value_objective

NAMES = ("price", "mass", "office")
SETTINGS = TrainingSettings(
    rounds=60, patience=10, value_rounds=60, threads=1, forward_windows=2, anomaly_rows=800
)


def world(rows: int = 1500, seed: int = 0) -> tuple[LabelledMatrix, np.ndarray]:
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(size=rows), rng.normal(size=rows), rng.integers(0, 5, rows)])
    label = (rng.random(rows) < 1 / (1 + np.exp(-(2 * matrix[:, 0] + (matrix[:, 2] == 3) - 1.5)))).astype(
        float
    )
    return LabelledMatrix(matrix, label, NAMES, ("office",)), np.sort(rng.integers(0, 300, rows)).astype(
        np.int32
    )


def test_the_same_rows_and_seed_give_the_same_model_to_the_byte_with_one_thread_or_two() -> None:
    data, _ = world()
    rows = np.arange(1000)
    texts = {
        fit_risk(data, rows, FIRST, 20, SETTINGS.model_copy(update={"threads": n})).text for n in (1, 1, 2)
    }
    assert len({text.replace("[num_threads: 2]", "[num_threads: 1]") for text in texts}) == 1


def test_a_table_is_binned_once_and_learnt_from_with_different_parameters() -> None:
    data, _ = world()
    table = data.table(np.arange(1000), 255)
    models = [
        fit(table, {"objective": "binary", "num_leaves": n, "min_data_in_leaf": n}, 5, seed=1)
        for n in (5, 20)
    ]
    assert models[0].text != models[1].text


def test_boosting_stops_when_the_judge_sees_no_gain_and_keeps_the_best_round() -> None:
    data, _ = world()
    noise = LabelledMatrix(data.matrix, np.random.default_rng(5).permutation(data.label), NAMES, ("office",))
    learn = noise.table(np.arange(1000), 255)
    judge = noise.table(np.arange(1000, 1500), 255, learn)
    seen: list[int] = []
    watch = Watch(judge, "average_precision", 10, 5, lambda step, _: seen.append(step))
    fitted = fit(learn, {"objective": "binary"}, 200, seed=1, watch=watch)
    assert fitted.rounds < 100
    assert seen[:2] == [5, 10]
    assert fitted.text.count("Tree=") == fitted.rounds


def test_a_study_on_forward_windows_learns_a_model_that_ranks_later_rows(tmp_path: Path) -> None:
    data, days = world(3000)
    labelled = LabelledRows(days, days, np.arange(3000))
    split = split_by_time(labelled, boundaries_of(labelled, 301, SETTINGS), SETTINGS)
    assert usable_windows(data.label, split) == 2
    plan = Plan("risk", SPACE, FIRST, 3, 1, str(tmp_path / "s.log"), clock=lambda: 0.0, steps=120)
    found = search(plan, risk_objective(data, split, SETTINGS))
    fitted = fit_risk(data, split.refit, found.best.parameters, found.best.notes["rounds"], SETTINGS)
    score = Booster(fitted.text).predict(data.matrix[split.test])
    assert auc(score, data.label[split.test]) > 0.8


def test_value_models_are_quantiles_in_order_of_their_levels(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    matrix = np.column_stack([rng.normal(size=4000), rng.integers(0, 4, 4000).astype(float)])
    data = ValueRows(matrix, matrix[:, 0] + rng.normal(size=4000), ("mass", "office"), ("office",))
    rows = np.arange(3000)
    plan = Plan("value", VALUE_SPACE, VALUE_FIRST, 2, 1, str(tmp_path / "s.log"), clock=lambda: 0.0)
    best = search(plan, value_objective(data, rows[:2000], rows[2000:], SETTINGS)).best
    models = fit_value(data, rows, best.parameters, best.notes, SETTINGS)
    low, mid, high = (Booster(model.text).predict(matrix[3000:]) for model in models)
    shares = [(data.log_unit_value[3000:] < one).mean() for one in (low, mid, high)]
    assert shares == pytest.approx([0.05, 0.5, 0.95], abs=0.07)


def test_values_once_found_false_teach_nothing_but_other_findings_and_uninspected_do() -> None:
    finding = np.array(["value", "quantity", "classification", "ip", "none", None, None], dtype=object)
    log_value = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, np.nan])
    assert honest_values(log_value, finding).tolist() == [False, False, False, True, True, True, False]


def test_the_more_alone_an_item_stands_the_more_anomalous_and_its_column_says_why() -> None:
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=3000), rng.normal(size=3000), rng.integers(0, 3, 3000)])
    matrix[::7, 1] = np.nan
    model = Booster(fit_anomaly(matrix, NAMES, ("office",), SETTINGS, rng).text)
    usual, odd = np.array([[0.1, -0.2, 1.0]]), np.array([[0.1, 3.5, 1.0]])
    assert model.predict(odd) > model.predict(usual) + 0.05
    parts = model.contributions(odd)[0]
    assert parts[:-1].argmax() == NAMES.index("mass")
    assert auc(model.predict(matrix), (isolation(matrix, 1) > 0.55).astype(float)) > 0.9


def test_a_column_of_missing_values_alone_isolates_nobody() -> None:
    matrix = np.column_stack([np.linspace(0, 1, 300), np.full(300, np.nan)])
    assert np.isfinite(isolation(matrix, 1)).all()


def test_names_and_categories_stand_in_the_model_text() -> None:
    table = tabulate(np.zeros((50, 3)), np.arange(50.0) % 2, NAMES, ("office",))
    assert "feature_names=price mass office" in fit(table, {"objective": "binary"}, 1, seed=1).text
