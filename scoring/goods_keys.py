"""Keys of goods: digits of the commodity code, alone or with origin, mode, office, class of mass or brand.

Nothing of an item's own money, and no party, goes into a key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.columns import Columns
from features.definitions.logarithm import grid_log

Keys = list[str | None]


@dataclass(frozen=True)
class Level:
    """Keys of one kind: their parts, the level above, and the least items of a key that is kept."""

    name: str
    parts: tuple[str, ...]
    above: str | None
    least: int = 3


LEVELS: tuple[Level, ...] = (
    Level("hs2", ("hs2",), None),
    Level("hs4", ("hs4",), "hs2"),
    Level("hs6", ("hs6",), "hs4"),
    Level("code", ("code",), "hs6"),
    Level("hs4_mass", ("hs4", "mass"), "hs4"),
    Level("hs6_mass", ("hs6", "mass"), "hs6"),
    Level("hs4_origin", ("hs4", "origin"), "hs4"),
    Level("hs6_origin", ("hs6", "origin"), "hs6"),
    Level("hs6_mode", ("hs6", "mode"), "hs6"),
    Level("hs4_office", ("hs4", "office"), "hs4"),
    Level("hs6_office", ("hs6", "office"), "hs6"),
    Level("hs6_brand", ("hs6", "brand"), "hs6", least=20),
)
"""Levels, each after the one above it. No key is kept of one or two items, whose values it would tell; and a
brand, which is free text, only if many items bear it."""


def keyed(columns: Columns) -> list[tuple[Level, Keys]]:
    """Give each level with the keys of the rows; None where a part of a key is missing."""
    parts = {name: read(columns) for name, read in _PARTS.items()}
    return [(level, _joined([parts[name] for name in level.parts])) for level in LEVELS]


def _joined(parts: Sequence[Keys]) -> Keys:
    if len(parts) == 1:
        return parts[0]
    return [f"{one} {two}" if one and two else None for one, two in zip(*parts, strict=True)]


def _digits(count: int | None) -> Callable[[Columns], Keys]:
    return lambda columns: [code[:count] if code else None for code in columns["hs_code"].tolist()]


def _texts(field: str) -> Callable[[Columns], Keys]:
    return lambda columns: columns[field].tolist()


def _modes(columns: Columns) -> Keys:
    return [None if mode != mode else str(int(mode)) for mode in columns["transport_mode"].tolist()]  # noqa: PLR0124


def _masses(columns: Columns) -> Keys:
    """Give the class of the net mass: the whole part of its logarithm."""
    with np.errstate(all="ignore"):
        classes = np.floor(grid_log(columns["net_kg"])).tolist()
    return [None if one != one else str(int(one)) for one in classes]  # noqa: PLR0124


_PARTS: Mapping[str, Callable[[Columns], Keys]] = {
    "hs2": _digits(2),
    "hs4": _digits(4),
    "hs6": _digits(6),
    "code": _digits(None),
    "origin": _texts("origin_country"),
    "mode": _modes,
    "office": _texts("office_id"),
    "mass": _masses,
    "brand": _texts("brand"),
}
