"""The item's own ratios, and their deviations from the mean of a commodity or a route."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Floats, Function, Inputs
from features.definitions.logarithm import LOG_UNIT
from features.history.entities import COMPARABLES_NEEDED
from features.history.measures import FIELDS, item_numbers

LEAST_VALUE = 0.01
"""A declared value counts as no less than this, in the valuation currency.

What is said to be worth nothing is thereby the cheapest of its kind, and no item without a value. Only the
own numbers know this: histories, which say what goods cost, leave values of nothing out.
"""

_GAPS = {
    "hs6.fr": "fr",
    "hs6.ng": "ng",
    "hs6.pk": "pk",
    "hs6.mq": "mq",
    "hs6.tr": "tr",
    "hs4.tr": "tr",
    "hs2.tr": "tr",
    "origin_hs6.tr": "tr",
    "route.fk": "fk",
    "route.fr": "fr",
    "route.ir": "ir",
}


def number(name: str) -> Function:
    """Give a number of `features.history.measures.item_numbers`, in units of 1."""
    return lambda inputs: inputs.once(_numbers)[name]


def gap_to_mean(name: str) -> Function:
    """Give the own number less the mean that the history `<name>_n` and `<name>_sum` tell.

    NaN where there are too few to tell one.
    """
    return lambda inputs: inputs.once(_gaps)[name]


def ratio(above: str, below: str) -> Function:
    """Give one field over another, NaN where that is not above zero."""

    def quotient(inputs: Inputs) -> Floats:
        under = inputs.number(below)
        return np.where(under > 0, inputs.number(above) / under, np.nan)

    return quotient


def declared_value(inputs: Inputs) -> Floats:
    """Give the cif of each row, at least `LEAST_VALUE`."""
    return np.maximum(inputs.number("cif"), LEAST_VALUE)


def _numbers(inputs: Inputs) -> dict[str, Floats]:
    values = {name: inputs.number(name) for name in FIELDS} | {"cif": inputs.once(declared_value)}
    return {name: whole / LOG_UNIT for name, whole in item_numbers(values).items()}


def _gaps(inputs: Inputs) -> dict[str, Floats]:
    count = inputs.counts(tuple(f"{name}_n" for name in _GAPS))
    total = inputs.counts(tuple(f"{name}_sum" for name in _GAPS))
    own = np.stack([inputs.once(_numbers)[prefix] for prefix in _GAPS.values()])
    mean = total / LOG_UNIT / np.maximum(count, 1)
    return dict(zip(_GAPS, np.where(count >= COMPARABLES_NEEDED, own - mean, np.nan), strict=True))
