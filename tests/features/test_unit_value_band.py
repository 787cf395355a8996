"""The band of unit values: the machine code row by row against NumPy's whole arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.settings import ValueBand
from features.validation_history import SCALE, unit_value_band

_AMOUNT = st.sampled_from([0.0, -1.0, np.nan, np.inf]) | st.floats(0.01, 1e6)
_SUMS = st.builds(
    lambda n, unit, spread: (n, int(n * unit), int(n * unit**2 * spread)),
    st.integers(0, 40),
    st.floats(-40_000, 110_000),
    st.floats(0.5, 1.5),
)
Sums = tuple[int, int, int]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(_AMOUNT, _AMOUNT, _SUMS, _SUMS), min_size=1, max_size=4),
    st.builds(ValueBand, deviations=st.floats(0.5, 4), least_items=st.integers(2, 30)),
)
def test_a_row_is_outside_where_whole_arrays_say_so(
    rows: list[tuple[float, float, Sums, Sums]], band: ValueBand
) -> None:
    cif, net_kg, near, wide = zip(*rows, strict=True)
    columns = {"cif": np.array(cif), "net_kg": np.array(net_kg)}
    history = {
        f"{entity}.{name}": np.array(values, np.int64)
        for entity, held in (("origin_hs6", near), ("hs6", wide))
        for name, values in zip(("uv_n", "uv_sum", "uv_sq"), zip(*held, strict=True), strict=True)
    }
    expected = _by_arrays(columns, history, band)
    assert unit_value_band(columns, history, band).tolist() == expected.tolist()


def _by_arrays(
    columns: dict[str, NDArray[np.float64]], history: dict[str, NDArray[np.int64]], band: ValueBand
) -> NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        unit_value = SCALE * np.log(columns["cif"] / columns["net_kg"])
        ends = []
        for entity in ("origin_hs6", "hs6"):
            n = history[f"{entity}.uv_n"].astype(np.float64)
            n = np.where(n >= band.least_items, n, np.nan)
            mean = history[f"{entity}.uv_sum"] / n
            spread = np.sqrt(np.maximum(history[f"{entity}.uv_sq"] / n - mean**2, 0))
            ends.append((mean, band.deviations * np.maximum(spread, SCALE * band.least_spread)))
        enough = history["origin_hs6.uv_n"] >= band.least_items
        middle, half = (np.where(enough, near, wide) for near, wide in zip(*ends, strict=True))
        found: NDArray[np.bool_] = np.isfinite(unit_value) & (np.abs(unit_value - middle) > half)
    return found
