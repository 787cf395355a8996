"""Scores are LightGBM's to the last bit, for any model and any row."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.tree_shap.predictor import Predictor
from tests.scoring.tree_shap.forests import Trained, asked, trained


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(trained(), st.data())
def test_scores_are_those_of_lightgbm_to_the_bit(model: Trained, data: st.DataObject) -> None:
    rows = data.draw(asked(model))
    predictor = Predictor.of(model.text)
    expected = model.raw(rows).reshape(len(rows), -1)
    assert predictor.raw(rows).tobytes() == expected.tobytes()
    alone = [predictor.raw(rows[row : row + 1]) for row in range(len(rows))]
    assert np.vstack(alone).tobytes() == expected.tobytes()
    predicted = predictor.predictions(rows)
    if predicted is not None:
        assert predicted.tobytes() == model.oracle.predict(rows, num_threads=1).tobytes()
