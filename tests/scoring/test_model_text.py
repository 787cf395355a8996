"""Models that are not whole are refused before LightGBM reads them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import BoosterError
from scoring.model_text import check_text
from tests.scoring.models import text


@pytest.mark.parametrize(("objective", "extra"), [("binary", {}), ("quantile", {"alpha": 0.5})])
def test_a_whole_model_passes_with_its_number_of_trees(objective, extra):
    assert check_text(text(objective, **extra)) == 12


def test_a_model_of_single_leaves_passes():
    assert check_text(text(min_data_in_leaf=100_000)) >= 1


DAMAGES = {
    "header": lambda model: model.replace("version=v4", "version=v9"),
    "classes": lambda model: model.replace("num_class=1", "num_class=2", 1),
    "names": lambda model: model.replace("feature_names=f0 ", "feature_names="),
    "sizes": lambda model: model.replace("tree_sizes=", "tree_sizes=9", 1),
    "cut": lambda model: model[: len(model) // 2],
    "circle": lambda model: model.replace("left_child=1", "left_child=0", 1),
    "leaf": lambda model: model.replace("leaf_value=", "leaf_value=nan ", 1),
    "column": lambda model: model.replace("split_feature=0", "split_feature=9", 1),
    "empty": lambda model: "",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_is_refused(damage):
    model = text()
    damaged = DAMAGES[damage](model)
    assert damaged != model
    with pytest.raises(BoosterError):
        check_text(damaged)


@settings(max_examples=60)
@given(st.data())
def test_a_model_without_one_of_its_lines_passes_or_is_refused_but_never_fails_otherwise(data):
    lines = text().split("\n")
    line = data.draw(st.integers(0, len(lines) - 1))
    with suppress(BoosterError):
        check_text("\n".join(lines[:line] + lines[line + 1 :]))
