"""What is known of goods, drawn to the level above: the machine code against NumPy's whole arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.definitions.logarithm import LOG_UNIT, log_count
from scoring.goods_keys import LEVELS
from scoring.known_values import COUNTED, SPREAD, SPREAD_STRENGTH, STRENGTH, known_columns

_SUM = st.tuples(st.integers(0, 10**6), st.integers(-(10**11), 10**11), st.integers(0, 10**17))


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5).flatmap(lambda rows: st.lists(_SUM, min_size=12 * rows, max_size=12 * rows)), _SUM)
def test_rows_get_the_bits_that_whole_arrays_get(
    held: list[tuple[int, int, int]], whole: tuple[int, int, int]
) -> None:
    sums = np.array(held, dtype=np.int64).reshape(len(LEVELS), -1, 3).transpose(0, 2, 1)
    assert np.array_equal(known_columns(sums, whole), _by_arrays(sums, whole), equal_nan=True)


def test_nothing_is_known_without_any_items() -> None:
    found = known_columns(np.zeros((len(LEVELS), 3, 1), np.int64), (0, 0, 0))
    counts = slice(len(LEVELS), len(LEVELS) + len(COUNTED))
    assert np.isnan(np.delete(found, counts)).all()
    assert (found[:, counts] == 0).all()


def _by_arrays(sums: NDArray[np.int64], whole: tuple[int, int, int]) -> NDArray[np.float64]:
    count, total, squares = whole
    mean, square = (total / count, squares / count) if count else (np.nan, np.nan)
    start = mean / LOG_UNIT, max(square - mean**2, 0.0) / LOG_UNIT**2 if count else np.nan
    rows = sums.shape[2]
    means: dict[str | None, NDArray[np.float64]] = {None: np.full(rows, start[0])}
    spreads: dict[str | None, NDArray[np.float64]] = {None: np.full(rows, start[1])}
    for level, (n, units, squared) in zip(LEVELS, sums, strict=True):
        means[level.name] = (units / LOG_UNIT + STRENGTH * means[level.above]) / (n + STRENGTH)
        within = squared / LOG_UNIT**2 - (units / LOG_UNIT) ** 2 / np.maximum(n, 1)
        drawn = np.maximum(within, 0.0) + SPREAD_STRENGTH * spreads[level.above]
        spreads[level.name] = drawn / (n + SPREAD_STRENGTH)
    place = [level.name for level in LEVELS].index
    lines = [
        *(means[level.name] for level in LEVELS),
        *(log_count(sums[place(name), 0]) for name in COUNTED),
        *(np.sqrt(spreads[name]) for name in SPREAD),
    ]
    return np.stack(lines, axis=1)
