"""The value interval: covering what it promises, never crossed, silent without a mass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from estimation.coverage import coverage
from scoring.booster import Booster
from scoring.errors import ScoringError
from scoring.value import LEVELS, ValueModel, unit_value
from tests.scoring.models import COLUMNS, data, text


def _boosters():
    low, mid, high = (Booster(text("quantile", alpha=level)) for level in LEVELS)
    return low, mid, high


def test_the_conformal_interval_covers_as_promised_on_rows_it_never_saw():
    matrix, _, target = data()
    noisy = target + np.random.default_rng(3).normal(size=target.size)
    half = np.arange(len(target)) % 2 == 0
    model = ValueModel.conformalise(_boosters(), matrix[half], noisy[half])
    mass = np.full(len(target), 2.0)
    before = ValueModel(_boosters()).interval(matrix, mass)
    after = model.interval(matrix, mass)
    cif = np.exp(noisy) * mass
    assert coverage(before[0], before[2], cif) < 0.75
    assert coverage(after[0][~half], after[2][~half], cif[~half]) == pytest.approx(0.9, abs=0.04)


def test_without_a_mass_there_is_no_interval():
    matrix = data()[0][:4]
    for bound in ValueModel(_boosters()).interval(matrix, np.array([np.nan, 0.0, -1.0, 1.0])):
        assert np.isnan(bound).tolist() == [True, True, True, False]


@settings(max_examples=40)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 20), st.just(COLUMNS)), elements=st.floats(-5, 5)),
    st.floats(-4, 0.5),
    st.floats(-4, 0.5),
)
def test_bounds_never_cross_and_one_row_gives_the_same_bits_as_many(matrix, low, high):
    model = ValueModel(_boosters(), offset=(low, high))
    mass = np.linspace(0.1, 9.0, len(matrix))
    bounds = model.interval(matrix, mass)
    assert (bounds[0] <= bounds[1]).all()
    assert (bounds[1] <= bounds[2]).all()
    alone = [model.interval(matrix[row : row + 1], mass[row : row + 1]) for row in range(len(matrix))]
    for number, bound in enumerate(bounds):
        assert np.concatenate([one[number] for one in alone]).tobytes() == bound.tobytes()


def test_few_rows_widen_by_the_largest_residual_and_none_by_nothing():
    matrix, _, target = data()
    few = ValueModel.conformalise(_boosters(), matrix[:5], target[:5])
    low = few.boosters[0].predict(matrix[:5])
    assert few.offset[0] == pytest.approx((low - target[:5]).max())
    assert ValueModel.conformalise(_boosters(), matrix[:5], np.full(5, np.nan)).offset == (0.0, 0.0)


def test_the_unit_value_is_missing_where_a_part_is():
    found = unit_value([np.e, 1.0, 0.0, np.nan, 1.0], [1.0, 0.0, 1.0, 1.0, np.nan])
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1:]).all()


def test_levels_that_do_not_rise_are_refused():
    with pytest.raises(ScoringError):
        ValueModel(_boosters(), levels=(0.5, 0.05, 0.95))
    with pytest.raises(ScoringError):
        ValueModel(_boosters(), offset=(np.nan, 0.0))
