"""Integer measures of goods items, whose sums are exact and free of order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.outcome import Finding
from features.definitions.logarithm import LOG_UNIT, log_units

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]

FIELDS: tuple[str, ...] = (
    "cif",
    "net_kg",
    "gross_kg",
    "freight",
    "insurance",
    "packages",
    "quantity",
    "tax_rate_pct",
)
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

SHARES: dict[str, tuple[str, str]] = {
    "fr": ("freight", "cif"),
    "ir": ("insurance", "cif"),
    "ng": ("net_kg", "gross_kg"),
}
"""Numbers that are round(10,000 x above / below): freight and insurance over cif, net over gross mass."""

OWN: tuple[str, ...] = ("uv", "fk", "pk", "mq", "fr", "ir", "ng", "tr", "cif")
"""Numbers of an item that histories sum: those of `item_numbers`, and `cif` in whole units."""

NUMBERS: tuple[str, ...] = (*OWN, "young", "dev")
"""The same, and those that need history themselves: 1 if
the importer was young, and the deviation of the unit value from the median of its comparables as of the day
the item was first known."""

LABELS: dict[Finding, int] = {finding: number for number, finding in enumerate(Finding)}
"""What an outcome says, as the number that the loops over rows read: 0 is lawful."""

FOUND: dict[str, int] = {f"found_{finding}": number for finding, number in LABELS.items() if number}
"""Measures that count the items of which one kind of irregularity was found, and its number."""

NOTHING = int(np.iinfo(np.int32).min)
"""Stands for a number that cannot be said."""

MOST_DEVIATION = 5 * LOG_UNIT
"""A deviation is kept within 5 in logarithms."""

_LARGEST = 50 * LOG_UNIT
_MOST_CIF = 2_000_000_000.0


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


def own_numbers(values: Mapping[str, NDArray[Any]]) -> Whole:
    """Give the numbers of `OWN` of each row as integers (9, n), `NOTHING` where one cannot be said."""
    with np.errstate(all="ignore"):
        numbers = item_numbers(values) | {"cif": np.minimum(np.rint(values["cif"]), _MOST_CIF)}
        rows = np.array([numbers[name] for name in OWN])
        return np.where(np.isnan(rows), NOTHING, rows).astype(np.int32)


def number_and_power(measure: str) -> tuple[int, int]:
    """Give what a measure sums: the place of its number in `NUMBERS`, and the power it is raised to.

    A power of 0 counts the rows that have the number. What is counted by its outcome has no number (-1), and
    the power says which: `items` and `known` (0) all, `illicit` (1) those found so, those of `FOUND` (2 and
    more) the items of one finding.

    >>> number_and_power("uv_sq"), number_and_power("young"), number_and_power("items")
    ((0, 2), (9, 1), (-1, 0))
    >>> number_and_power("illicit"), number_and_power("found_value")
    ((-1, 1), (-1, 2))
    """
    if measure in {"items", "known", "illicit"}:
        return -1, int(measure == "illicit")
    if measure in FOUND:
        return -1, 1 + FOUND[measure]
    name, _, kind = measure.partition("_")
    return NUMBERS.index(name), {"n": 0, "": 1, "sum": 1, "sq": 2}[kind]


def _ratios(values: Mapping[str, NDArray[Any]], pairs: Iterable[tuple[str, str]]) -> Floats:
    """One line a pair: above / below, NaN where `below` is not above zero."""
    above, below = (_lines(values, names) for names in zip(*pairs, strict=True))
    return np.where(below > 0, above / below, np.nan)


def _lines(values: Mapping[str, NDArray[Any]], names: tuple[str, ...]) -> Floats:
    return np.concatenate([values[name] for name in names]).reshape(len(names), -1)
