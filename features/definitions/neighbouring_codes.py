"""Whether goods look like those of neighbouring codes: value of a kilogram, mass of a package or a piece.

A code that owes less is chosen among its neighbours; price and masses stay those of the goods.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs
from features.definitions.logarithm import LOG_UNIT, grid_log
from features.definitions.numbers import number
from features.definitions.unit_value import LEAST_SPREAD

LEAST_ITEMS = 5
"""Items of a code, and of its neighbours, below which they are not compared."""


class Usual(NamedTuple):
    """What is usual of some codes: items, mean and variance of the logarithms, a line a comparison."""

    items: Floats
    mean: Floats
    variance: Floats


def likelier_among_neighbours(number_name: str, around: str) -> Function:
    """Give ln of how much likelier the own number is among neighbouring codes than among goods of its own.

    Both are taken as normal in logarithms. `around` is `heading`: the subheading against the others of its
    heading; or `chapter`: the heading against the others of its chapter. NaN where there are too few of
    either.
    """
    place = _COMPARED.index((number_name, around))
    return lambda inputs: inputs.once(_likelier)[place]


def _likelier(inputs: Inputs) -> Floats:
    own, wide = (_sums(inputs, names) for names in (_OWN, _WIDE))
    here, around = _usual(own), _usual(wide - own)
    said = np.stack([number(name)(inputs) for name, _ in _COMPARED])
    known = (here.items >= LEAST_ITEMS) & (around.items >= LEAST_ITEMS)
    return np.where(known, _surprise(said, here) - _surprise(said, around), np.nan)


def _sums(inputs: Inputs, names: tuple[str, ...]) -> Floats:
    """Items, sums and sums of squares (3, comparisons, n)."""
    return inputs.counts(names).reshape(len(_KINDS), len(_COMPARED), -1).astype(np.float64)


def _usual(sums: Floats) -> Usual:
    items = sums[0]
    mean = sums[1] / LOG_UNIT / items
    variance = np.maximum(sums[2] / LOG_UNIT**2 / items - mean * mean, 0.0) + LEAST_SPREAD**2
    return Usual(items, mean, variance)


def _surprise(said: Floats, usual: Usual) -> Floats:
    """Minus the logarithm of the normal density, but for what all have alike."""
    away = said - usual.mean
    return 0.5 * (away * away / usual.variance + grid_log(usual.variance))


_KINDS = ("n", "sum", "sq")
_LEVELS = {"heading": ("hs6", "hs4"), "chapter": ("hs4", "hs2")}
_COMPARED = tuple((name, around) for name in ("uv", "pk", "mq") for around in _LEVELS)
_OWN, _WIDE = (
    tuple(f"{_LEVELS[around][side]}.{name}_{kind}" for kind in _KINDS for name, around in _COMPARED)
    for side in (0, 1)
)
_SAID = {
    "uv": ("unit_value", ("cif", "net_kg"), "the value of a kilogram"),
    "pk": ("package_mass", ("net_kg", "packages"), "the mass of a package"),
    "mq": ("piece_mass", ("net_kg", "quantity"), "the mass of a piece"),
}
_AMONG = {
    "heading": "among the other subheadings of the heading than in its own",
    "chapter": "among the other headings of the chapter than in its own",
}

NEIGHBOURING_CODES: tuple[Feature, ...] = tuple(
    Feature(
        f"{_SAID[name][0]}_{around}_fit",
        "neighbouring_codes",
        (*_SAID[name][1], "hs_code"),
        f"ln of how much likelier {_SAID[name][2]} is {_AMONG[around]}",
        likelier_among_neighbours(name, around),
    )
    for name, around in _COMPARED
)
"""Features of neighbouring codes."""
