"""Other headings that an item may be of: what speaks for each, as evidence, never as a verdict."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from features.definitions.logarithm import LOG_UNIT
from features.definitions.wording import LEAST_DESCRIPTIONS
from features.heading_facts import Facts, HeadingFacts, UnitValues
from features.history.entities import COMPARABLES_NEEDED
from scoring.row import percent

Corrections = Mapping[str, Mapping[str, int]]
"""By declared heading: headings that were found instead, and how often."""

MOST = 3
"""Headings that are named at most."""

_OVERLAP = 3.0
"""Letter triples that share a letter: so many say the same thing."""
_PRIOR = 5.0
"""Items, or corrections, that what is usual elsewhere weighs as much as."""
_WIDEST = 4.0
_LEAST_SPREAD, _UNKNOWN_SPREAD = 0.2, 1.0
_QUARTERS = 1.349
"""Standard deviations between the quartiles of a normal distribution."""


@dataclass(frozen=True)
class Heading:
    """One heading, and the figures by which an officer can judge whether the goods are of it.

    `fit` says how well the description fits there, in percent: 100 as well as any other heading's (None
    where too few descriptions are known). Of the values of a kilogram declared there in the last year:
    quartiles, and the percentage that was declared at less than the item. `importer_items` counts the
    importer's own past items there, `corrected` the past findings that an item declared like this one
    was of this heading (None where corrections are not known), `tax_rate` is the usual one, in percent.
    """

    heading: str
    fit: float | None
    compared: int
    quarter: float | None
    median: float | None
    three_quarters: float | None
    lower: float | None
    importer_items: int
    corrected: int | None
    tax_rate: float | None


@dataclass(frozen=True)
class Headings:
    """The declared heading, None where nothing is known of it, and the likeliest others, at most three."""

    declared: Heading | None
    others: tuple[Heading, ...]


def headings_of(facts: Facts, declared: str, corrections: Corrections | None) -> Headings:
    """Give the likeliest other headings of an item declared under a heading, with the figures behind each.

    They are ranked by Bayes' rule, what speaks for each taken as independent: past corrections of the
    declared heading, the words, the value of a kilogram, and what the importer declares else.
    """
    found = None if corrections is None else corrections.get(declared, {})
    traded = sum(one.items for one in facts.headings)
    others = [one for one in facts.headings if one.heading != declared]
    ranked = sorted(others, key=lambda one: (-_log_odds(one, facts, found or {}, traded), one.heading))
    own = next((one for one in facts.headings if one.heading == declared), None)
    return Headings(
        None if own is None else _heading(own, facts, found),
        tuple(_heading(one, facts, found) for one in ranked[:MOST]),
    )


def corrections_of(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Count codes declared and found instead, by heading; those of one heading are no correction of it.

    >>> corrections_of([("640399", "640411"), ("640399", "640419"), ("640399", "640391")])
    {'6403': {'6404': 2}}
    """
    counts = Counter((declared[:4], found[:4]) for declared, found in pairs)
    held: dict[str, dict[str, int]] = {}
    for (declared, found), count in sorted(counts.items()):
        if declared != found:
            held.setdefault(declared, {})[found] = count
    return held


def _log_odds(one: HeadingFacts, facts: Facts, found: Mapping[str, int], traded: int) -> float:
    usual = (one.items + 1) / (traded + len(facts.headings))
    corrected = (found.get(one.heading, 0) + _PRIOR * usual) / (sum(found.values()) + _PRIOR)
    declares = (one.importer_items + _PRIOR * usual) / (facts.importer_items + _PRIOR)
    words = one.fit / _OVERLAP if one.described >= LEAST_DESCRIPTIONS else 0.0
    return math.log(corrected) + math.log(declares / usual) + words + _of_value(one.unit_values)


def _of_value(values: UnitValues) -> float:
    """Give the logarithm of the density of the item's value of a kilogram among those of the heading."""
    if values.count < COMPARABLES_NEEDED or values.own is None:
        return -math.log(_UNKNOWN_SPREAD)
    spread = max((values.three_quarters - values.quarter) / (_QUARTERS * LOG_UNIT), _LEAST_SPREAD)
    away = min(abs(values.own - values.median) / (LOG_UNIT * spread), _WIDEST)
    return -math.log(spread) - away * away / 2


def _heading(one: HeadingFacts, facts: Facts, found: Mapping[str, int] | None) -> Heading:
    values = one.unit_values
    enough = one.described >= LEAST_DESCRIPTIONS and facts.grams > 0
    quarter, median, three_quarters = (
        round(math.exp(number / LOG_UNIT), 6) if values.count >= COMPARABLES_NEEDED else None
        for number in (values.quarter, values.median, values.three_quarters)
    )
    return Heading(
        heading=one.heading,
        fit=percent(math.exp(one.fit / facts.grams), 1.0) if enough else None,
        compared=values.count,
        quarter=quarter,
        median=median,
        three_quarters=three_quarters,
        lower=None if values.own is None else percent(values.lower + values.same / 2, values.count),
        importer_items=one.importer_items,
        corrected=None if found is None else found.get(one.heading, 0),
        tax_rate=None if one.tax_rate is None else round(one.tax_rate, 1),
    )
