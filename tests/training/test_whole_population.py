"""The estimate for all items: right where inspections were chosen by risk, absent where it cannot be made."""

from __future__ import annotations

import numpy as np

from training.whole_population import LEAST_WEIGHED, Inspected, whole_population


def inspected(rows: int = 20_000, *, logged: bool = True) -> tuple[Inspected, float]:
    """Give items inspected the likelier the riskier they are, and the true rate of all."""
    rng = np.random.default_rng(4)
    risk = rng.beta(1, 9, rows)
    illicit = rng.random(rows) < risk
    probability = np.clip(0.02 + 0.9 * risk, 0, 1)
    looked = rng.random(rows) < probability
    label = np.where(looked, illicit.astype(float), np.nan)
    known = probability if logged else np.full(rows, np.nan)
    return Inspected(label, known, risk, np.arange(rows)), float(illicit.mean())


def test_finds_weighed_back_are_right_where_each_counted_once_is_not() -> None:
    items, truth = inspected()
    held = whole_population(items, 8.0)
    weighed, plain = held.weighted["illicit_rate"], held.inspected["illicit_rate"]
    assert weighed.low < truth < weighed.high
    assert plain.low > truth
    assert "each standing for" in held.words["en"]


def test_without_logged_probabilities_no_estimate_is_made_and_that_is_said() -> None:
    items, _ = inspected(logged=False)
    held = whole_population(items, 8.0)
    assert held.weighted == {}
    assert held.inspected["illicit_rate"].value > 0
    assert f"{LEAST_WEIGHED} and 1 are needed" in held.words["en"]


def test_inspections_of_one_probability_stand_for_one_number_of_items() -> None:
    items, _ = inspected()
    drawn = np.random.default_rng(5).random(len(items.risk)) < 0.02
    label = np.where(drawn & ~np.isnan(items.label), items.label, np.nan)
    held = whole_population(Inspected(label, np.full(len(label), 0.02), items.risk, items.clusters), 8.0)
    assert "each standing for 50 items" in held.words["en"]
    assert "cada uno representa 50 ítems" in held.words["es"]
