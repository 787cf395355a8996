"""What a label weighs."""

from __future__ import annotations

import numpy as np
import pytest

from training.label_weights import label_weights
from training.settings import TrainingSettings

LOGGED = TrainingSettings(label_weights="logged", most_weight=20.0)


def test_all_labels_weigh_the_same_by_default() -> None:
    assert label_weights(np.array([0.01, 1.0]), TrainingSettings()) is None


def test_a_random_inspection_stands_for_those_like_it_that_were_not_inspected() -> None:
    weight = label_weights(np.array([1.0, 0.1]), LOGGED)
    assert weight is not None
    assert weight[1] / weight[0] == pytest.approx(10.0)
    assert weight.mean() == pytest.approx(1.0)


def test_no_weight_runs_away_and_without_a_logged_probability_an_item_stands_for_itself() -> None:
    weight = label_weights(np.array([np.nan, 1.0, 1e-6, 0.0]), LOGGED)
    assert weight is not None
    assert (weight / weight[0]).tolist() == pytest.approx([1.0, 1.0, 20.0, 20.0])


def test_weights_by_logged_probabilities_undo_a_choice_that_favoured_the_illicit() -> None:
    rng = np.random.default_rng(1)
    illicit = rng.random(200_000) < 0.1
    probability = np.where(illicit, 0.5, 0.1)
    inspected = rng.random(200_000) < probability
    weight = label_weights(probability[inspected], LOGGED)
    assert illicit[inspected].mean() > 0.3
    assert np.average(illicit[inspected], weights=weight) == pytest.approx(0.1, abs=0.01)
