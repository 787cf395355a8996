"""Known outcomes of parties, relations and goods: smoothed relative rates, and how much is known.

A rate is taken relative to the overall one of its day. The overall rate moves from month to month, and with
it any absolute rate of those of whom little is known: a model would learn the month by it, and monitoring
would see drift where nothing happened to anybody.
"""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs
from features.definitions.logarithm import LOG_UNIT, log_count
from features.history.entities import ENTITY, FINDINGS, HALVES
from features.history.parts import PARTS

NEWEST = sum(HALVES.values())
"""What an outcome weighs in the decayed sums while it is newest."""

DEVIATION_STRENGTH = 5
"""Items without deviation that a party's mean deviation is taken together with."""

_GROUPS = {
    "importer": "importer_record",
    "declarant": "declarant_record",
    "seller": "seller_record",
    "declarant_seller": "relation_record",
    "importer_hs4": "relation_record",
    "seller_origin": "relation_record",
    "office_heading": "office_commodity_record",
    "origin_hs6": "origin_commodity_record",
    "hs6": "origin_commodity_record",
    "hs4": "origin_commodity_record",
    "origin": "origin_commodity_record",
    "brand": "commodity",
}
_LIKE = {
    "importer": "of the importer",
    "declarant": "of the declarant",
    "seller": "of the seller",
    "declarant_seller": "of the pair of declarant and seller",
    "importer_hs4": "of the importer in the heading",
    "seller_origin": "of the seller's goods from the origin",
    "office_heading": "of the heading at the office",
    "origin_hs6": "of the subheading from the origin",
    "hs6": "of the subheading",
    "hs4": "of the heading",
    "origin": "of the origin",
    "brand": "of the brand",
}
_PARTIES = ("importer", "declarant", "seller", "declarant_seller")
_SERVANTS = ("declarant", "seller", "declarant_seller")
_DECAYED = "_decayed"
_RATED = (*((entity, "") for entity in _GROUPS), *((entity, _DECAYED) for entity in _PARTIES))
_RATED_ENTITIES = tuple(entity for entity, _ in _RATED)
_KNOWN, _ILLICIT = (
    tuple(f"{entity}.{name}{weighed}" for entity, weighed in _RATED) for name in ("known", "illicit")
)
_PRIOR_KNOWN, _PRIOR_ILLICIT = (
    tuple(f"all.{name}{weighed}" for weighed in ("", _DECAYED)) for name in ("known", "illicit")
)
_PRIOR = np.array([int(weighed == _DECAYED) for _, weighed in _RATED])
_WHOLE = np.array([[NEWEST if weighed else 1] for _, weighed in _RATED])

FIRMS = ("importer", "declarant", "seller")
"""Parties whose findings are told apart by kind."""

_FOUND_RATED = tuple((party, kind) for party in FIRMS for kind in FINDINGS)
_FOUND_OF = tuple(party for party, _ in _FOUND_RATED)
_FOUND_KNOWN = tuple(f"{party}.known" for party in _FOUND_OF)
_FOUND = tuple(f"{party}.found_{kind}" for party, kind in _FOUND_RATED)
_PRIOR_FOUND = tuple(f"all.found_{kind}" for kind in FINDINGS)
_FOUND_PRIOR = np.array([FINDINGS.index(kind) for _, kind in _FOUND_RATED])

LOGGED: tuple[tuple[str, str], ...] = (
    *((entity, "known") for entity in (*_PARTIES, "office_heading", "origin_hs6", "hs6")),
    ("declarant", "importers"),
    ("seller", "importers"),
    ("importer", "items"),
    ("importer", "items_90d"),
    ("declarant", "items_90d"),
    ("seller", "items_90d"),
    ("declarant_seller", "items"),
    ("office_heading", "items_90d"),
    ("origin_hs6", "items_90d"),
)
"""Counts whose logarithm is a feature."""


def relative_rate(entity: str, weighed: str = "") -> Function:
    """Give (illicit / prior + m) / (known + m): how many times the overall rate; 1 where nothing is known.

    The prior is the rate among all outcomes known as of the day, m the entity's strength: outcomes at the
    prior that the rate is taken together with. NaN where the key is missing or no illicit item is known.
    `_decayed` counts a newest outcome as one and an older one as the part of it that it weighs (`HALVES`), in
    the prior too: then nothing is said without an illicit item that is known within a year.
    """
    place = _RATED.index((entity, weighed))
    return lambda inputs: inputs.once(_rates)[place]


def finding_rate(party: str, kind: str) -> Function:
    """Give the relative rate of one kind of finding: that of `relative_rate`, of what was found so alone.

    The prior is the share of such findings among all known outcomes; NaN where there was none of the kind.
    """
    place = _FOUND_RATED.index((party, kind))
    return lambda inputs: inputs.once(_finding_rates)[place]


def logarithm(name: str) -> Function:
    """Give ln(1 + a history value); NaN where the entity's key is missing."""
    place = LOGGED.index(tuple(name.split(".")))
    return lambda inputs: inputs.once(_logarithms)[place]


def mean_deviation(entity: str) -> Function:
    """Give the mean deviation of the entity's unit values from their comparables, drawn towards zero."""
    place = _PARTIES.index(entity)
    return lambda inputs: inputs.once(_deviations)[place]


def young_share(entity: str) -> Function:
    """Give the share of the entity's items of 90 days that are of young importers; NaN without items."""
    place = _SERVANTS.index(entity)
    return lambda inputs: inputs.once(_young)[place]


def _rates(inputs: Inputs) -> Floats:
    known, illicit = inputs.counts(_KNOWN) / _WHOLE, inputs.counts(_ILLICIT) / _WHOLE
    strength = np.array([[inputs.strengths[entity]] for entity, _ in _RATED])
    prior = (inputs.counts(_PRIOR_ILLICIT) / inputs.counts(_PRIOR_KNOWN))[_PRIOR]
    rates = (illicit / prior + strength) / (known + strength)
    absent = inputs.absent(_RATED_ENTITIES)
    return np.where(absent | (prior == 0), np.nan, rates)


def _finding_rates(inputs: Inputs) -> Floats:
    known, found = inputs.counts(_FOUND_KNOWN), inputs.counts(_FOUND)
    strength = np.array([[inputs.strengths[name]] for name in _FOUND])
    prior = (inputs.counts(_PRIOR_FOUND) / inputs.count("all.known"))[_FOUND_PRIOR]
    rates = (found / prior + strength) / (known + strength)
    return np.where(inputs.absent(_FOUND_OF) | (prior == 0), np.nan, rates)


def _logarithms(inputs: Inputs) -> Floats:
    counts = inputs.counts(tuple(f"{entity}.{measure}" for entity, measure in LOGGED))
    return np.where(inputs.absent([entity for entity, _ in LOGGED]), np.nan, log_count(counts))


def _deviations(inputs: Inputs) -> Floats:
    count = inputs.counts(tuple(f"{entity}.dev_n" for entity in _PARTIES))
    total = inputs.counts(tuple(f"{entity}.dev_sum" for entity in _PARTIES))
    return np.where(inputs.absent(_PARTIES), np.nan, total / LOG_UNIT / (count + DEVIATION_STRENGTH))


def _young(inputs: Inputs) -> Floats:
    items = inputs.counts(tuple(f"{entity}.items_90d" for entity in _SERVANTS))
    young = inputs.counts(tuple(f"{entity}.young_90d" for entity in _SERVANTS))
    return np.where(items > 0, young / items, np.nan)


def fields_of(entity: str) -> tuple[str, ...]:
    """Give the declared fields that make the entity's key."""
    return tuple(PARTS[part] for part in ENTITY[entity].parts)


def _feature(entity: str, kind: str, meaning: str, function: Function, direction: int = 0) -> Feature:
    return Feature(
        f"{entity}_{kind}",
        _GROUPS[entity],
        fields_of(entity),
        f"{meaning} {_LIKE[entity]}",
        function,
        direction=direction,
    )


RECORDS: tuple[Feature, ...] = (
    *(
        _feature(entity, "relative_rate", "relative rate of known irregularities", relative_rate(entity), 1)
        for entity in _GROUPS
    ),
    *(
        _feature(
            entity,
            "relative_rate_decayed",
            "relative rate, newer outcomes weighing more, of known irregularities",
            relative_rate(entity, _DECAYED),
            1,
        )
        for entity in _PARTIES
    ),
    *(
        _feature(
            party,
            f"{kind}_rate",
            f"relative rate of known findings of {kind}",
            finding_rate(party, kind),
            1,
        )
        for party, kind in _FOUND_RATED
    ),
    *(
        _feature(entity, "known", "number of known outcomes", logarithm(f"{entity}.known"))
        for entity in (*_PARTIES, "office_heading", "origin_hs6", "hs6")
    ),
    *(
        _feature(entity, "deviation", "mean deviation of past unit values", mean_deviation(entity))
        for entity in _PARTIES
    ),
    *(
        _feature(entity, "young_share", "share of young importers among recent items", young_share(entity))
        for entity in _SERVANTS
    ),
    *(
        _feature(entity, "importers", "number of importers served", logarithm(f"{entity}.importers"))
        for entity in ("declarant", "seller")
    ),
)
"""Features of what has been found, and seen, of those that the item has to do with."""
