"""Integer measures of goods items, whose sums are exact and free of order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.definitions.logarithm import LOG_UNIT, log_units

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

FIELDS: tuple[str, ...] = ("cif", "net_kg", "gross_kg", "freight", "packages", "quantity", "tax_rate_pct")
"""Fields that the measures are made of."""

LOGARITHMS: dict[str, tuple[str, str]] = {
    "uv": ("cif", "net_kg"),
    "fk": ("freight", "gross_kg"),
    "pk": ("net_kg", "packages"),
    "mq": ("net_kg", "quantity"),
    "piece": ("cif", "quantity"),
}
"""Numbers that are round(10,000 x ln(above / below)): unit value, freight of a kilogram, mass of a package,
mass of a piece, value of a piece."""

SHARES: dict[str, tuple[str, str]] = {"fr": ("freight", "cif"), "ng": ("net_kg", "gross_kg")}
"""Numbers that are round(10,000 x above / below): freight over cif, net over gross mass."""

SUMMED: tuple[str, ...] = ("uv", "fk", "pk", "mq", "fr", "ng", "tr")
"""Numbers of an item that histories sum, as `_n`, `_sum`, `_sq`: how many have one, their sum, of squares."""

MEASURES: tuple[str, ...] = (
    "items",
    "young",
    *(f"{prefix}_{kind}" for prefix in (*SUMMED, "dev") for kind in ("n", "sum", "sq")),
)
"""What histories sum of items: `young` are those of young importers, `dev` is `deviation`."""

_LARGEST = 50 * LOG_UNIT


def item_numbers(values: Mapping[str, NDArray[Any]]) -> dict[str, Floats]:
    """Give every number of each row, whole, NaN where it cannot be said; `tr` is round(10,000 x tax rate).

    >>> values = dict.fromkeys(FIELDS, np.array([100.0, 5.0])) | {"net_kg": np.array([10.0, np.nan])}
    >>> item_numbers(values)["uv"], item_numbers(values)["tr"]
    (array([23026.,    nan]), array([10000.,   500.]))
    """
    logarithms = log_units(_ratios(values, LOGARITHMS.values()))
    shares = np.concatenate([_ratios(values, SHARES.values()), [values["tax_rate_pct"] / 100.0]])
    units = np.minimum(np.rint(LOG_UNIT * shares), _LARGEST)
    return dict(zip((*LOGARITHMS, *SHARES, "tr"), (*logarithms, *units), strict=True))


def measure(name: str, numbers: Mapping[str, NDArray[Any]]) -> Integers:
    """Give one summed measure of each row: a number, or its `_n`, `_sum`, `_sq`; a NaN counts nowhere.

    >>> numbers = {"uv": np.array([3.0, np.nan])}
    >>> {name: measure(name, numbers).tolist() for name in ("uv_n", "uv_sum", "uv_sq")}
    {'uv_n': [1, 0], 'uv_sum': [3, 0], 'uv_sq': [9, 0]}
    """
    prefix, _, kind = name.partition("_")
    present: NDArray[np.bool_] = ~np.isnan(numbers[prefix])
    if kind == "n":
        return present.astype(np.int64)
    whole: Integers = np.where(present, numbers[prefix], 0.0).astype(np.int64)
    return whole * whole if kind == "sq" else whole


def deviation(
    own: Floats, near: tuple[Integers, Integers], wide: tuple[Integers, Integers], k: int
) -> Floats:
    """Give own measure less the mean of its comparables, whole; NaN where there is none or they are too few.

    `near` and `wide` are (n, sum) of the comparables; `wide` stands in where `near` has fewer than `k`.
    The mean is rounded down, the deviation kept within 5 in logarithms.

    >>> n, total = np.array([5, 0]), np.array([500, 0])
    >>> deviation(np.array([130.0, 130.0]), (n, total), (n + 5, total + 1000), 5)
    array([ 30., -70.])
    """
    use = near[0] >= k
    count = np.where(use, near[0], wide[0])
    total = np.where(use, near[1], wide[1])
    mean = np.where(count >= k, total // np.maximum(count, 1), np.nan)
    return np.asarray(np.clip(own - mean, -5 * LOG_UNIT, 5 * LOG_UNIT), dtype=np.float64)


def _ratios(values: Mapping[str, NDArray[Any]], pairs: Iterable[tuple[str, str]]) -> Floats:
    """One line a pair: above / below, NaN where `below` is not above zero."""
    above, below = zip(*pairs, strict=True)
    under = np.array([values[name] for name in below])
    return np.where(under > 0, np.array([values[name] for name in above]) / under, np.nan)
