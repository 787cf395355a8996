"""The risk model: what its study makes great, what it may cost, and probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimation.ranking import precision_at, revenue_at
from scoring.booster import Booster
from scoring.calibration import Calibration
from training.risk_model import FIRST, LabelledMatrix, fit_risk
from training.risk_objective import risk_objective
from training.settings import TrainingSettings
from training.split import LabelledRows, Split, boundaries_of, split_by_time
from training.trial import Attempt, Infeasible

NAMES = ("price", "mass", "office")
SETTINGS = TrainingSettings(rounds=40, patience=10, forward_windows=2)


def labelled(rows: int = 3000, bias: float = -1.5, seed: int = 0) -> tuple[LabelledMatrix, Split]:
    rng = np.random.default_rng(seed)
    matrix = np.column_stack([rng.normal(size=rows), rng.normal(size=rows), rng.integers(0, 5, rows)])
    risk = 1 / (1 + np.exp(-(2 * matrix[:, 0] + (matrix[:, 2] == 3) + bias)))
    label = (rng.random(rows) < risk).astype(np.float64)
    days = np.sort(rng.integers(0, 300, rows)).astype(np.int32)
    came = LabelledRows(days, days, np.arange(rows))
    return LabelledMatrix(matrix, label, NAMES, ("office",)), split_by_time(
        came, boundaries_of(came, 301, SETTINGS), SETTINGS
    )


def attempt(**changed: float) -> Attempt:
    return Attempt(0, {**FIRST, **changed}, lambda _step, _value: None)


def test_precision_at_the_capacity_is_measured_where_the_log_loss_is_best() -> None:
    data, split = labelled()
    wanted = SETTINGS.model_copy(update={"objective": "precision", "objective_percent": 10.0})
    value, notes = risk_objective(data, split, wanted)(attempt())
    _, by_loss = risk_objective(data, split, SETTINGS)(attempt())
    assert notes["rounds"] == by_loss["rounds"]
    window = split.windows[0]
    model = Booster(fit_risk(data, window.train, FIRST, notes["rounds"], SETTINGS).text)
    score = model.predict(data.matrix[window.judge])
    assert notes["window_1"] == pytest.approx(precision_at(score, data.label[window.judge], 0.1))
    assert value == pytest.approx(np.mean([notes["window_1"], notes["window_2"]]))


def test_revenue_is_that_of_the_items_of_greatest_risk_times_stake() -> None:
    data, split = labelled()
    stake = np.random.default_rng(2).lognormal(5, 1, len(data.label))
    data = replace(data, stake=stake, revenue=np.where(data.label == 1, stake / 2, np.nan))
    wanted = SETTINGS.model_copy(update={"objective": "revenue", "objective_percent": 10.0})
    _, notes = risk_objective(data, split, wanted)(attempt())
    window = split.windows[1]
    model = Booster(fit_risk(data, window.train, FIRST, notes["rounds"], SETTINGS).text)
    expected = model.predict(data.matrix[window.judge]) * stake[window.judge]
    raised = np.nan_to_num(data.revenue[window.judge])  # type: ignore[index]
    assert notes["window_2"] == pytest.approx(revenue_at(expected, raised, 0.1))


def test_another_seed_judges_the_same_parameters_anew() -> None:
    data, split = labelled()
    objective = risk_objective(data, split, SETTINGS)
    values = [objective(replace(attempt(), seed=seed))[0] for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]


def test_more_leaves_than_the_settings_allow_are_infeasible_and_say_so() -> None:
    data, split = labelled()
    small = SETTINGS.model_copy(update={"most_leaves": 20})
    with pytest.raises(Infeasible, match="more than most_leaves, 20"):
        risk_objective(data, split, small)(attempt(num_leaves=10))


def test_a_model_held_to_directions_never_falls_where_risk_is_known_to_rise() -> None:
    data, split = labelled(rows=600)
    held = replace(data, directions=(1, 0, 0))
    steps = np.column_stack([np.linspace(-3, 3, 400), np.zeros(400), np.ones(400)])

    def falls(one: LabelledMatrix) -> bool:
        fitted = fit_risk(one, split.refit, {**FIRST, "min_data_in_leaf": 5}, 60, SETTINGS)
        return bool((np.diff(Booster(fitted.text).predict(steps, raw=True)) < 0).any())

    assert falls(data)
    assert not falls(held)


@pytest.mark.parametrize("bias", [-6.0, -3.5, 0.0])
def test_probabilities_mean_what_they_say_however_rare_the_illicit_are(bias: float) -> None:
    data, split = labelled(24_000, bias, seed=3)
    first = Booster(fit_risk(data, split.train, FIRST, 60, SETTINGS).text)
    calibration = Calibration.fit(
        first.predict(data.matrix[split.calibration], raw=True), data.label[split.calibration]
    )
    asked, _ = labelled(40_000, bias, seed=4)
    last = Booster(fit_risk(data, split.refit, FIRST, 60, SETTINGS).text)
    risk = calibration.apply(last.predict(asked.matrix, raw=True))
    assert risk.mean() == pytest.approx(asked.label.mean(), rel=0.1)
    top = risk >= np.quantile(risk, 0.95)
    assert risk[top].mean() == pytest.approx(asked.label[top].mean(), rel=0.15)


def test_heavier_rows_pull_the_probability_as_more_rows_would() -> None:
    data, split = labelled()
    weight = np.where(data.label == 1, 3.0, 1.0)
    heavy = fit_risk(replace(data, weight=weight), split.refit, FIRST, 40, SETTINGS)
    plain = fit_risk(data, split.refit, FIRST, 40, SETTINGS)
    means = [Booster(one.text).predict(data.matrix[split.refit]).mean() for one in (heavy, plain)]
    assert means[0] > 1.3 * means[1]
