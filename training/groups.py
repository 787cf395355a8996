"""The groups within which a model is looked at: of items, and of the people behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.codes.regions import region_of
from features.columns import Columns
from features.dataset import Dataset
from features.local_time import date_of

Labels = NDArray[np.object_]
"""The group of each item; None where it is in none."""

SENSITIVE: tuple[str, ...] = ("importer_age", "importer_size", "aeo", "origin_region")
"""Attributes of whom an inspection falls upon, by which a model may not burden some for nothing."""

VALUED: tuple[str, ...] = ("chapter", "comparables", "weight")
"""Attributes by which the value interval is looked at."""

NEW_DAYS = 180
"""Days since an importer's first declaration until which it is new."""

SMALL_ITEMS = 10
"""Items of the last 90 days below which an importer is small."""

THIN = 30
"""Past unit values of a subheading below which its comparables are thin."""

REST, UNKNOWN = "rest", "unknown"

_TENTHS = 10


def groups_of(data: Dataset) -> dict[str, Labels]:
    """Give the group of each item by attribute: month, finding, those of value, the sensitive ones.

    What a history says is as of the item's own day.
    """
    columns, history = data.columns, data.history
    age = columns["customs_date"] - history["importer.first_day"]
    new = (history["importer.first_day"] < 0) | (age <= NEW_DAYS)
    return {
        "month": _months(columns),
        "finding": np.array([None if one == "none" else one for one in data.finding.tolist()], object),
        "chapter": np.array([code and code[:2] for code in columns["hs_code"]], object),
        "comparables": _either(history["hs6.uv_n"] < THIN, "thin", "thick"),
        "weight": _tenths(columns["net_kg"]),
        "importer_age": _either(new, "new", "known"),
        "importer_size": _either(history["importer.items_90d"] < SMALL_ITEMS, "small", "large"),
        "aeo": _aeo(columns["importer_aeo"]),
        "origin_region": np.array([region_of(one) or UNKNOWN for one in columns["origin_country"]], object),
    }


def pooled(labels: Labels, least: int) -> Labels:
    """Give the groups with those of fewer than `least` items taken together as `rest`.

    >>> pooled(np.array(["a", "a", "b", "c", None], object), 2).tolist()
    ['a', 'a', 'rest', 'rest', None]
    """
    names, code = _coded(labels)
    counts = np.bincount(code[code >= 0], minlength=len(names))
    kept = [name if n >= least else REST for name, n in zip(names, counts, strict=True)]
    return np.array([*kept, None], object)[code]


def rows_by_group(labels: Labels) -> Mapping[str, NDArray[np.bool_]]:
    """Give the rows of each group, by its name in order.

    >>> {name: rows.tolist() for name, rows in rows_by_group(np.array(["b", "a", None], object)).items()}
    {'a': [False, True, False], 'b': [True, False, False]}
    """
    names, code = _coded(labels)
    return {name: code == number for number, name in enumerate(names)}


def _coded(labels: Labels) -> tuple[list[str], NDArray[np.int64]]:
    names = sorted({label for label in labels.tolist() if label is not None})
    number = {name: place for place, name in enumerate(names)} | {None: -1}
    return names, np.array([number[label] for label in labels.tolist()], np.int64)


def _months(columns: Columns) -> Labels:
    days, code = np.unique(columns["customs_date"], return_inverse=True)
    return np.array([f"{date_of(int(day)):%Y-%m}" for day in days], object)[code]


def _either(first: NDArray[np.bool_], one: str, other: str) -> Labels:
    return np.where(first, one, other).astype(object)


def _aeo(flags: NDArray[Any]) -> Labels:
    return np.where(np.isnan(flags), UNKNOWN, np.where(flags == 1, "aeo", "ordinary")).astype(object)


def _tenths(mass: NDArray[np.float64]) -> Labels:
    """Give the tenth of net mass that each item is in, the lightest first; items without one are in none."""
    known = ~np.isnan(mass)
    if not known.any():
        return np.full(len(mass), None, object)
    edges = np.quantile(mass[known], np.arange(1, _TENTHS) / _TENTHS)
    names = np.array([*(f"{number:02d}" for number in range(1, _TENTHS + 1)), None], object)
    return names[np.where(known, np.searchsorted(edges, np.nan_to_num(mass)), _TENTHS)]
