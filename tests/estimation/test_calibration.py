"""Calibration figures against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from estimation.calibration import brier, ece, reliability

rows = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50)


@given(rows)
def test_brier_agrees_with_scikit_learn(pairs):
    p, y = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    assert brier(p, y) == pytest.approx(brier_score_loss(y, p, pos_label=1), abs=1e-12)


@given(rows, st.integers(1, 12))
def test_the_reliability_bins_hold_every_item_once_and_never_cut_a_tie(pairs, bins):
    p, y = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    curve = reliability(p, y, bins)
    assert sum(cell.items for cell in curve) == len(p)
    assert len(curve) <= min(bins, len(np.unique(p)))
    assert sum(cell.items * cell.observed.value for cell in curve) == pytest.approx(y.sum())
    gaps = [abs(cell.observed.value - cell.predicted) * cell.items for cell in curve]
    assert ece(p, y, bins) == pytest.approx(sum(gaps) / len(p), abs=1e-12)


@given(rows, st.data())
def test_weights_count_like_repeated_rows(pairs, data):
    p, y = (np.array(part, dtype=float) for part in zip(*pairs, strict=True))
    times = np.array(data.draw(st.lists(st.integers(1, 3), min_size=len(p), max_size=len(p))))
    weighted = brier(p, y, times[np.newaxis].astype(float))
    assert weighted[0] == pytest.approx(brier(np.repeat(p, times), np.repeat(y, times)))


def test_a_calibrated_probability_has_hardly_any_error_and_a_doubled_one_has():
    rng = np.random.default_rng(3)
    p = rng.uniform(0, 0.5, 20_000)
    y = (rng.random(20_000) < p).astype(float)
    assert ece(p, y) < 0.012
    assert ece(2 * p, y) > 0.2
