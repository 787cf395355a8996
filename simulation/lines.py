"""The goods items of one month as arrays: who and how, what was declared, and what is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Traffic:
    """The declarations of a month, sorted by time: everything that does not hang on any irregularity.

    `day` counts from the world's first, `second` from local midnight; the others are numbers of parties,
    countries and modes. `young` importers are in their first 180 days.
    """

    day: Ints
    second: Ints
    importer: Ints
    seller: Ints
    broker: Ints
    pair: Ints
    departure: Ints
    office: Ints
    mode: Ints
    young: Flags
    items: Ints

    def item_numbers(self) -> Ints:
        """Number of each item in its declaration, from 1."""
        before = np.cumsum(self.items) - self.items
        numbers: Ints = np.arange(int(self.items.sum())) - np.repeat(before, self.items) + 1
        return numbers


@dataclass(frozen=True)
class Setting:
    """What surrounds each item before anything is declared; arrays over items."""

    declaration: Ints
    importer: Ints
    seller: Ints
    broker: Ints
    pair: Ints
    sector: Ints
    country: Ints
    departure: Ints
    office: Ints
    mode: Ints
    young: Flags
    index: float


@dataclass(frozen=True)
class Declared:
    """What is declared of each item, before rounding; logs of USD and kg.

    `value` is ln(fob a net kg), `mass` ln(net kg), `piece` ln(net kg a piece), `gross` gross kg a net kg,
    `package` ln(net kg a package), `freight` ln(freight a gross kg). `words` is the commodity whose
    description is used, -1 for a vague one; `brand` is -1 for none.
    """

    good: Ints
    origin: Ints
    claim: Flags
    words: Ints
    brand: Ints
    value: Floats
    mass: Floats
    piece: Floats
    gross: Floats
    package: Floats
    freight: Floats


@dataclass(frozen=True)
class Truth:
    """What is true of each item: mechanism (number in fraud.MECHANISMS), goods, origin.

    `understated` is ln(true / declared) of the price, `kept` the part of the quantity that was declared.
    """

    mechanism: Ints
    good: Ints
    origin: Ints
    understated: Floats
    kept: Floats


def one_of(table: Floats, rows: Ints, rng: np.random.Generator) -> Ints:
    """One column for each of `rows` of a table of probabilities.

    >>> one_of(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1, 0]), np.random.default_rng(0)).tolist()
    [1, 0, 1]
    """
    cuts = np.cumsum(table, axis=1)[:, :-1]
    chance = rng.random(len(rows))
    drawn = np.empty(len(rows), dtype=np.int64)
    for row in np.unique(rows):
        at = np.flatnonzero(rows == row)
        drawn[at] = np.searchsorted(cuts[row], chance[at], side="right")
    return drawn
