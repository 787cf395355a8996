"""What a model has to beat: simple rules that any office could apply, and a table of goods seen before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]

PROFILES: tuple[str, ...] = ("importer", "seller", "declarant", "hs4", "origin_hs6")
"""Whose hit rates an office keeps: parties, the heading, the subheading from its origin."""

PROFILE_STRENGTH = 10.0
"""Outcomes at the overall rate that a profile is taken together with."""

LOW_VALUE_POINTS = 2.0
NEW_IMPORTER_POINTS = 1.0
WARNING_POINTS = 1.0

_COMPARABLES = 10  # past items of the commodity below which a unit value is not judged
_FAR_BELOW = -1.0  # standard deviations below their mean
_TAXED = 5.0  # percent
_HIGH_TAX = 15.0
_NEW = 3  # items known of an importer
_SCALE = 1e4  # histories hold round(1e4 ln(cif/kg))


def rules_score(columns: Arrays, history: Arrays) -> Floats:
    """Give the points of each item on a scorecard that any office could keep by hand, the more the likelier.

    Each profile gives as many points as its hit rate, known by then, is times the overall one. To them come
    two points for a unit value far below past comparables of the commodity where there is a tariff to save,
    one for a new importer under a high tariff, one for any warning of intake. `columns` and `history` are
    those of the items, as of their own day. Why this one: docs/decisions/skill.md.

    >>> names = [f"{of}.{what}" for of in PROFILES for what in ("known", "illicit")]
    >>> history = {name: np.zeros(1, np.int64) for name in (*names, "hs6.uv_n", "hs6.uv_sum", "hs6.uv_sq")}
    >>> history |= {"all.known": np.array([100]), "all.illicit": np.array([10])}
    >>> history |= {"importer.known": np.array([10]), "importer.illicit": np.array([5])}
    >>> history |= {"importer.items": np.array([99])}
    >>> item = {"cif": np.ones(1), "net_kg": np.ones(1), "tax_rate_pct": np.ones(1), "warnings": np.zeros(1)}
    >>> rules_score(item, history).tolist()
    [7.0]
    """
    tax = np.nan_to_num(columns["tax_rate_pct"])
    below = _deviation(columns, history) < _FAR_BELOW
    return np.asarray(
        sum(relative_rate(history, profile) for profile in PROFILES)
        + LOW_VALUE_POINTS * (below & (tax > _TAXED))
        + NEW_IMPORTER_POINTS * ((history["importer.items"] < _NEW) & (tax > _HIGH_TAX))
        + WARNING_POINTS * (columns["warnings"] != 0),
        dtype=np.float64,
    )


def rules_yield(columns: Arrays, history: Arrays) -> Floats:
    """Give the points times the declared tax: what the scorecard is ranked by for revenue."""
    stake = columns["cif"] * columns["tax_rate_pct"] / 100.0
    return np.asarray(rules_score(columns, history) * np.nan_to_num(stake), dtype=np.float64)


def lookup_score(known: NDArray[np.int64], label: Floats, asked: NDArray[np.int64]) -> Floats:
    """Give the share of illicit items among the known ones of the same goods tuple; unseen: of all.

    >>> lookup_score(np.array([1, 1, 2]), np.array([1.0, 0.0, 1.0]), np.array([1, 2, 3])).round(2).tolist()
    [0.5, 1.0, 0.67]
    """
    tuples, code = np.unique(known, return_inverse=True)
    if not len(tuples):
        return np.zeros(len(asked))
    share = np.bincount(code, weights=label) / np.bincount(code)
    place = np.minimum(np.searchsorted(tuples, asked), len(tuples) - 1)
    return np.where(tuples[place] == asked, share[place], label.mean())


def relative_rate(history: Arrays, profile: str) -> Floats:
    """Give the profile's smoothed hit rate over the overall one; 1 while nothing was ever found."""
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = history["all.illicit"] / history["all.known"]
        rate = (history[f"{profile}.illicit"] + PROFILE_STRENGTH * overall) / (
            history[f"{profile}.known"] + PROFILE_STRENGTH
        )
        return np.where(overall > 0, rate / overall, 1.0)


def _deviation(columns: Arrays, history: Arrays) -> Floats:
    count = history["hs6.uv_n"].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = history["hs6.uv_sum"] / count / _SCALE
        spread = np.sqrt(np.maximum(history["hs6.uv_sq"] / count / _SCALE**2 - mean**2, 0.0)) + 0.1
        deviation = (np.log(columns["cif"] / columns["net_kg"]) - mean) / spread
    return np.where((count >= _COMPARABLES) & np.isfinite(deviation), deviation, 0.0)
