"""Contributions are those of LightGBM's pred_contrib, for any model and any row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.errors import ColumnError, ForestError
from scoring.tree_shap.explainer import Explainer
from tests.scoring.tree_shap.forests import CLASSES, OBJECTIVES, Trained, asked, learnt, trained

many = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def agree(ours: np.ndarray, theirs: np.ndarray) -> None:
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9 * scale)


@many
@given(trained(), st.sampled_from([0, 60, 600_000]), st.data())
def test_contributions_are_those_of_lightgbm(model: Trained, most_lines: int, data: st.DataObject) -> None:
    rows = data.draw(asked(model))
    explainer = Explainer.of(model.text, most_lines=most_lines)
    agree(explainer.contributions(rows), model.contributions(rows))


@many
@given(trained(), st.sampled_from([0, 600_000]), st.data())
def test_a_row_gives_the_same_bits_alone_and_among_others(
    model: Trained, most_lines: int, data: st.DataObject
) -> None:
    rows = data.draw(asked(model))
    explainer = Explainer.of(model.text, most_lines=most_lines)
    together = explainer.contributions(np.tile(rows, (12, 1)))
    alone = np.vstack([explainer.contributions(rows[row : row + 1]) for row in range(len(rows))])
    assert together.tobytes() == np.tile(alone, (12, 1)).tobytes()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_is_explained(objective: str) -> None:
    model = _model(objective)
    found = Explainer.of(model.text).contributions(model.rows)
    agree(found, model.contributions(model.rows))
    sums = found.reshape(len(found), -1, model.rows.shape[1] + 1).sum(axis=2)
    agree(sums, model.raw(model.rows).reshape(len(found), -1))
    assert sums.shape[1] == (CLASSES if objective.startswith("multiclass") else 1)


@pytest.mark.parametrize(("columns", "leaves"), [(2, 200), (45, 90)])
def test_deep_trees_are_explained_whether_columns_repeat_or_not(columns: int, leaves: int) -> None:
    model = _model(
        "regression", columns=columns, num_leaves=leaves, max_bin=255, rows=3000, min_data_in_leaf=1
    )
    found = Explainer.of(model.text).contributions(model.rows[:200])
    agree(found.sum(axis=1), model.raw(model.rows[:200]))
    agree(found, model.contributions(model.rows[:200]))


def test_a_model_of_single_leaves_is_explained_by_its_mean_alone() -> None:
    model = _model("regression", min_data_in_leaf=300)
    found = Explainer.of(model.text).contributions(model.rows[:3])
    agree(found, model.contributions(model.rows[:3]))
    assert not found[:, :-1].any()


def test_linear_trees_are_refused() -> None:
    with pytest.raises(ForestError, match="linear") as refused:
        Explainer.of(_model("regression", linear_tree=True).text)
    assert refused.value.remedy


def test_splits_without_rows_of_training_are_refused() -> None:
    text = _model("regression").text
    line = next(line for line in text.split("\n") if line.startswith("internal_count="))
    empty = "internal_count=" + " ".join("0" for _ in line.split(" "))
    with pytest.raises(ForestError, match="no rows of training"):
        Explainer.of(text.replace(line, empty))


def test_other_columns_are_refused() -> None:
    explainer = Explainer.of(_model("binary").text)
    for rows in (np.zeros((2, 4)), np.zeros(5)):
        with pytest.raises(ColumnError):
            explainer.contributions(rows)
    assert explainer.contributions(np.empty((0, 5))).shape == (0, 6)


def test_threads_that_share_an_explainer_get_the_same_bits() -> None:
    model = _model("binary", num_leaves=60)
    explainer = Explainer.of(model.text, most_lines=500)
    one, all_rows = explainer.contributions(model.rows[:1]), explainer.contributions(model.rows)
    with ThreadPoolExecutor(4) as threads:
        found = threads.map(lambda n: explainer.contributions(model.rows[: 1 if n % 2 else None]), range(40))
        for number, each in enumerate(found):
            assert each.tobytes() == (one if number % 2 else all_rows).tobytes()


def _model(objective: str, *, columns: int = 5, rows: int = 400, **parameters: float) -> Trained:
    return learnt(
        {"objective": objective, "num_leaves": 12, **parameters},
        3,
        rows=rows,
        columns=columns,
        categorical=[] if "linear_tree" in parameters else [1],
        gaps=0.1,
        rounds=6,
    )
