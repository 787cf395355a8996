"""The rule that needs history: is the unit value outside what the commodity has been worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from features.settings import ValueBand
from features.validation_rule import Context, Level, Mask, Rule, nowhere

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
        near, wide = _band(history, "origin_hs6", band), _band(history, "hs6", band)
        enough = history["origin_hs6.uv_n"] >= band.least_items
        middle, half = np.where(enough, near[0], wide[0]), np.where(enough, near[1], wide[1])
        return np.asarray(np.isfinite(unit_value) & (np.abs(unit_value - middle) > half))


def _band(
    history: Mapping[str, NDArray[Any]], entity: str, band: ValueBand
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    n, total, squares = (
        history[f"{entity}.{name}"].astype(np.float64) for name in ("uv_n", "uv_sum", "uv_sq")
    )
    n = np.where(n >= band.least_items, n, np.nan)
    mean = total / n
    spread = np.sqrt(np.maximum(squares / n - mean**2, 0))
    return mean, band.deviations * np.maximum(spread, SCALE * band.least_spread)


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
