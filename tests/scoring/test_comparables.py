"""The comparables that stand behind a doubted value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from scoring.comparables import Recent, comparables
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
        for figure, name in _told(found):
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


def test_those_of_late_are_told_by_their_quartiles_their_days_and_the_rank_of_the_item_among_them():
    said = {"level": 2, "n": 40, "quarter": 0, "median": 6_931, "three_quarters": 13_863}
    columns, history = _with(**{f"comparables__{name}": value for name, value in said.items()})
    counts = {"comparables.below": np.array([10, 0]), "comparables.same": np.array([4, 0])}
    found = comparables(columns, history | counts, 0).recent
    assert (found.count, found.window, found.widened) == (40, 365, False)
    assert (found.quarter, found.median, found.three_quarters) == pytest.approx((1.0, 2.0, 4.0), rel=1e-4)
    assert found.lower == 30.0


@pytest.mark.parametrize(("level", "window", "widened"), [(1, 30, False), (3, 30, True), (4, 365, True)])
def test_those_of_late_say_of_which_days_they_are_and_whether_of_any_origin(level, window, widened):
    found = comparables(*_with(comparables__level=level), 0).recent
    assert (found.window, found.widened) == (window, widened)


def test_where_too_few_are_of_late_none_is_told_and_an_item_without_a_mass_has_no_rank():
    columns, history = _with(comparables__level=0, comparables__n=0)
    assert comparables(columns, history, 0).recent == Recent(0)
    columns, history = _with(comparables__level=1, comparables__n=30)
    assert comparables(columns | {"net_kg": np.full(2, np.nan)}, history, 0).recent.lower is None


def test_without_comparables_or_a_mass_nothing_is_said():
    columns, history = _with(origin_hs6__uv_n=0, hs6__uv_n=0)
    found = comparables(columns | {"net_kg": np.full(2, np.nan)}, history, 0)
    assert (found.count, found.mean, found.spread, found.own) == (0, None, None, None)


def _told(found):
    return (
        (found.mean, "comparables_mean"),
        (found.spread, "comparables_spread"),
        (found.recent.median, "comparables_median"),
    )


def test_what_is_declared_to_be_worth_nothing_lies_below_all_that_it_is_compared_with() -> None:
    columns, history = _with(comparables__level=1, comparables__below=0, comparables__same=0)
    found = comparables(columns | {"cif": np.zeros(2)}, history, 0)
    assert (found.own, found.recent.lower) == (0.0, 0.0)
