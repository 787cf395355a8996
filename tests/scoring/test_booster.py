"""The reader of LightGBM models agrees with LightGBM's own Python package."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.booster import Booster
from scoring.errors import BoosterError, ColumnError
from tests.scoring.models import COLUMNS, data, text

OBJECTIVES = [("binary", {}), ("quantile", {"alpha": 0.05}), ("regression", {})]
values = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf), st.integers(-2, 9).map(float))


@pytest.mark.parametrize(("objective", "extra"), OBJECTIVES)
def test_predictions_and_contributions_equal_those_of_the_python_package(objective, extra):
    model = text(objective, **extra)
    ours, theirs = Booster(model), lightgbm.Booster(model_str=model)
    matrix = data()[0]
    np.testing.assert_array_equal(ours.predict(matrix), theirs.predict(matrix, num_threads=1))
    np.testing.assert_array_equal(ours.predict(matrix, raw=True), theirs.predict(matrix, raw_score=True))
    np.testing.assert_array_equal(ours.contributions(matrix), theirs.predict(matrix, pred_contrib=True))
    assert list(ours.names) == theirs.feature_name()


@settings(max_examples=30)
@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.just(COLUMNS)), elements=values))
def test_a_row_gives_the_same_bits_alone_and_among_others(matrix):
    booster = Booster(text())
    for figure in (booster.predict, lambda rows: booster.predict(rows, raw=True), booster.contributions):
        together = figure(matrix)
        alone = np.concatenate([figure(matrix[row : row + 1]) for row in range(len(matrix))])
        assert together.tobytes() == alone.tobytes()


@pytest.mark.parametrize(
    "layout", [np.asfortranarray, lambda m: m.astype(np.float32), lambda m: np.repeat(m, 2, 0)[::2]]
)
def test_the_layout_of_the_matrix_does_not_matter(layout):
    matrix = np.nan_to_num(data()[0][:50]).round(2).astype(np.float32).astype(np.float64)
    booster = Booster(text())
    assert booster.predict(layout(matrix)).tobytes() == booster.predict(matrix).tobytes()


def test_no_rows_give_no_predictions():
    booster = Booster(text())
    nothing = np.empty((0, COLUMNS))
    assert booster.predict(nothing).shape == (0,)
    assert booster.contributions(nothing).shape == (0, COLUMNS + 1)


def test_many_rows_are_predicted_in_batches_without_a_seam():
    matrix = np.tile(data()[0], (60, 1))
    assert len(matrix) > 65_536
    once = Booster(text()).predict(data()[0])
    assert Booster(text()).predict(matrix).tobytes() == np.tile(once, 60).tobytes()


def test_threads_that_share_a_booster_get_the_same_bits():
    booster, matrix = Booster(text()), data()[0]
    expected = booster.contributions(matrix).tobytes()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: booster.contributions(matrix).tobytes(), range(12)))
    assert set(answers) == {expected}


def test_other_columns_are_refused_and_the_first_wrong_one_is_named():
    booster = Booster(text())
    booster.check(["f0", "f1", "f2", "f3", "f4", "f5"])
    with pytest.raises(ColumnError, match="'f1' stands where 'f0' belongs"):
        booster.check(["f1", "f0", "f2", "f3", "f4", "f5"])
    with pytest.raises(ColumnError, match="7 columns"):
        booster.check([*booster.names, "f6"])
    with pytest.raises(ColumnError):
        booster.predict(np.zeros((3, COLUMNS - 1)))
    with pytest.raises(ColumnError):
        booster.predict(np.zeros(COLUMNS))


def test_a_text_that_is_no_model_is_refused_with_a_remedy():
    with pytest.raises(BoosterError) as refused:
        Booster("not a model")
    assert refused.value.remedy


def test_reading_models_imports_neither_lightgbms_package_nor_scikit_learn():
    program = (
        "import sys, scoring.booster as reader; reader._library(); "
        "print({'lightgbm', 'sklearn', 'pandas', 'scipy'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


@settings(max_examples=20)
@given(arrays(np.float64, st.tuples(st.integers(1, 20), st.just(COLUMNS)), elements=values))
@pytest.mark.parametrize(("objective", "extra"), OBJECTIVES)
def test_compiled_trees_give_lightgbms_bits(objective, extra, matrix):
    plain, compiled = Booster(text(objective, **extra)), Booster(text(objective, **extra))
    compiled.try_trees(data()[0][:10])
    assert not compiled.trees_refused
    for raw in (True, False):
        assert compiled.predict(matrix, raw=raw).tobytes() == plain.predict(matrix, raw=raw).tobytes()


def test_compiled_trees_that_predict_something_else_are_refused_and_lightgbm_goes_on():
    booster, matrix = Booster(text()), data()[0]
    expected = booster.predict(matrix).tobytes()
    booster.text = text(trees=11)
    booster.try_trees(matrix[:10])
    assert booster.trees_refused == "compiled trees predict other bits than LightGBM"
    assert booster.predict(matrix).tobytes() == expected
