"""The unit of a feature, as the data dictionary tells it."""

from __future__ import annotations

from collections.abc import Mapping

from features.definitions.feature import Feature
from features.definitions.records import LOGGED
from features.history.entities import FINDINGS

CODE = "number of a code in the recipe's vocabulary; 0 rare or unseen"
FLAG = "0 or 1"
LOGARITHM, COUNTED = "natural logarithm", "ln(1 + number)"
RATE, SHARE, DAYS = "times the overall rate", "share of 1", "days"

_LIKE: Mapping[str, tuple[str, ...]] = {
    RATE: (
        "relative_rate",
        "relative_rate_decayed",
        "neighbour_rate",
        *(f"{kind}_rate" for kind in FINDINGS),
    ),
    LOGARITHM: ("deviation", "log", "gap", "surge", "value", "per_kg", "mass", "mean", "spread", "due"),
    SHARE: ("share", "rate", "excess"),
    DAYS: ("age", "recency"),
}
"""Endings of the names of features that say no unit of their own."""

_NAMED: Mapping[str, str] = {
    **dict.fromkeys((f"{entity}_{measure}" for entity, measure in LOGGED), COUNTED),
    **dict.fromkeys(("comparables", "declaration_items"), COUNTED),
    **dict.fromkeys(("freight_share_gap", "net_share_gap", "tax_rate_gap", "tax_rate_heading_gap"), SHARE),
    "unit_value_score": "spreads of the comparables",
    "weekday": "0 Monday to 6 Sunday",
}


def unit_of(feature: Feature, *, flag: bool) -> str:
    """Give the unit of a feature: its own, that of codes and flags, else by its name; "number" at last.

    >>> one = Feature("importer_age", "novelty", (), "age", lambda inputs: inputs.count("x"))
    >>> unit_of(one, flag=False), unit_of(one, flag=True)
    ('days', '0 or 1')
    """
    if feature.unit or feature.categorical:
        return feature.unit or CODE
    if flag:
        return FLAG
    return _NAMED.get(feature.name) or _by_ending(feature.name)


def _by_ending(name: str) -> str:
    near = [(len(end), unit) for unit, ends in _LIKE.items() for end in ends if name.endswith(f"_{end}")]
    return max(near, default=(0, "number"))[1]
