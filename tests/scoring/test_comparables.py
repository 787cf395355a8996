"""The comparables that stand behind a doubted value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scoring.comparables import comparables
from tests.scoring.scorers import declaration, items, scorer


def _with(**values):
    columns, history = declaration(1)
    changed = {name.replace("__", "."): np.full(2, value) for name, value in values.items()}
    return columns, history | changed


def test_goods_of_the_same_origin_are_compared_if_there_are_five():
    logs = np.round(1e4 * np.log([2.0, 2.0, 4.0, 4.0, 8.0])).astype(int)
    found = comparables(
        *_with(origin_hs6__uv_n=5, origin_hs6__uv_sum=logs.sum(), origin_hs6__uv_sq=(logs**2).sum()), 0
    )
    assert (found.count, found.widened) == (5, False)
    assert found.mean == pytest.approx(math.exp(logs.mean() / 1e4), rel=1e-5)
    assert found.spread == pytest.approx(math.exp(logs.std() / 1e4), rel=1e-4)


def test_they_are_the_comparables_that_the_features_see():
    columns, history = items()
    names = scorer().recipe.names
    matrix = scorer().recipe.matrix(columns, history)
    for row in range(60):
        found = comparables(columns, history, row)
        for figure, name in ((found.mean, "comparables_mean"), (found.spread, "comparables_spread")):
            feature = matrix[row, names.index(name)]
            assert (figure is None) == bool(np.isnan(feature))
            if figure is not None:
                assert math.log(figure) == pytest.approx(feature, abs=2e-4)


def test_fewer_than_five_widen_to_every_origin():
    found = comparables(
        *_with(origin_hs6__uv_n=4, hs6__uv_n=9, hs6__uv_sum=9 * 10_000, hs6__uv_sq=9 * 10**8), 0
    )
    assert (found.count, found.widened) == (9, True)
    assert found.mean == pytest.approx(math.e, rel=1e-6)


def test_without_comparables_or_a_mass_nothing_is_said():
    columns, history = _with(origin_hs6__uv_n=0, hs6__uv_n=0)
    found = comparables(columns | {"net_kg": np.full(2, np.nan)}, history, 0)
    assert (found.count, found.mean, found.spread, found.own) == (0, None, None, None)
