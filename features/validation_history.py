"""The rule that needs history: is the unit value outside what the commodity has been worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.machine_code.compiled import compiled
from features.settings import ValueBand
from features.validation_rule import Context, Level, Mask, Rule, nowhere

_SUMS = tuple(f"{entity}.{name}" for entity in ("origin_hs6", "hs6") for name in ("uv_n", "uv_sum", "uv_sq"))

SCALE = 1e4
"""Unit values in history are whole numbers: SCALE × ln(cif per kg), rounded."""


def unit_value_band(
    columns: Columns, history: Mapping[str, NDArray[Any]], band: ValueBand | None = None
) -> Mask:
    """True where ln(cif/net_kg) is outside mean ± deviations of its comparables, as of the day.

    Comparables are the items of the same origin and subheading; of the subheading alone where they are too
    few; where these are too few as well nothing is said. `history` names `origin_hs6.uv_n`, `uv_sum`, `uv_sq`
    and the same of `hs6`.

    >>> columns = {"cif": np.array([10.0, 900.0]), "net_kg": np.array([10.0, 10.0])}
    >>> values = {"uv_n": np.array([50, 50]), "uv_sum": np.array([0, 0]), "uv_sq": np.array([0, 0])}
    >>> history = {f"{entity}.{name}": v for entity in ("origin_hs6", "hs6") for name, v in values.items()}
    >>> unit_value_band(columns, history).tolist()
    [False, True]
    """
    band = band or ValueBand()
    with np.errstate(divide="ignore", invalid="ignore"):
        unit_value = SCALE * np.log(columns["cif"] / columns["net_kg"])
    sums = np.concatenate([history[name] for name in _SUMS], dtype=np.float64).reshape(len(_SUMS), -1)
    outside = np.empty(len(unit_value), np.bool_)
    _judge(
        unit_value, sums, np.array([band.least_items, band.deviations, SCALE * band.least_spread]), outside
    )
    return outside


@compiled
def _judge(
    unit_value: NDArray[np.float64], sums: NDArray[np.float64], limits: NDArray[np.float64], outside: Mask
) -> None:
    """Write which unit values are outside; `limits` are least items, deviations and least spread."""
    for row in range(len(unit_value)):
        outside[row] = False
        for near in range(0, len(sums), 3):
            n = sums[near, row]
            if n >= limits[0]:
                mean = sums[near + 1, row] / n
                spread = np.sqrt(max(sums[near + 2, row] / n - mean * mean, 0.0))
                far = abs(unit_value[row] - mean) > limits[1] * max(spread, limits[2])
                outside[row] = np.isfinite(unit_value[row]) and far
                break


def _outside(values: Any, context: Context) -> Any:
    if context.history is None:
        return nowhere(values)
    return unit_value_band(values, context.history, context.settings.value_band)


HISTORY_RULES: tuple[Rule, ...] = (
    Rule(
        "unit_value_outside_band",
        Level.WARNING,
        ("cif", "net_kg", "hs_code"),
        "the unit value is outside the historic band of the commodity, as of the day",
        "compare with earlier declarations of the same goods",
        _outside,
    ),
)
