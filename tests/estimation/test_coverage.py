"""Coverage and width of intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from estimation.coverage import coverage, width


def test_the_middle_nine_tenths_of_a_normal_cover_nine_tenths():
    value = np.random.default_rng(5).normal(size=20_000)
    bound = np.full_like(value, 1.6449)
    assert coverage(-bound, bound, value) == pytest.approx(0.9, abs=0.01)


def test_rows_that_have_no_interval_do_not_count():
    gap = np.array([math.nan, 1.0])
    assert coverage(gap, gap + 1, np.array([1.0, 1.5])) == 1.0
    assert width(gap, gap * math.e) == pytest.approx(1.0)
    assert math.isnan(coverage([math.nan], [1.0], [1.0]))


def test_weights_choose_the_rows():
    weight = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert coverage([0.0, 0.0], [1.0, 1.0], [0.5, 2.0], weight).tolist() == [1.0, 0.5]
    assert width([1.0, 1.0], [1.0, math.e**2], weight).tolist() == [0.0, 1.0]
