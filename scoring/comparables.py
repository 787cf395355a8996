"""The evidence behind a doubted value: what comparable goods were declared at."""

from __future__ import annotations

import math
from dataclasses import dataclass

from features.columns import Columns, Values
from features.definitions.logarithm import LOG_UNIT
from features.history.entities import COMPARABLES_NEEDED, LEVELS
from scoring.row import Row, percent


@dataclass(frozen=True)
class Recent:
    """Comparables of the last `window` days: how many, and the values of a kilogram that quarters lie below.

    `widened` says that goods of the same subheading and origin were too few in them, and that those of any
    origin stand for them. `lower` is the percentage that was declared at less than the item, None where it
    has no value of a kilogram. Where comparables are too few at any level
    (`features.history.entities.LEVELS`) `count` is 0 and all but `widened` None.
    """

    count: int
    window: int | None = None
    quarter: float | None = None
    median: float | None = None
    three_quarters: float | None = None
    lower: float | None = None
    widened: bool = True


@dataclass(frozen=True)
class Comparables:
    """Past items like one item, as of its day: how many, and what a kilogram of them was declared at.

    `mean` is their geometric mean value of a kilogram in the valuation currency, `spread` the factor of one
    standard deviation around it, of all days; both None where there are fewer than five. `widened` says that
    goods of the same subheading and origin were too few, and that those of any origin stand for them.
    `recent` are those of late. `own` is the value of a kilogram that was declared for the item; None without
    mass or value.
    """

    count: int
    mean: float | None
    spread: float | None
    widened: bool
    recent: Recent
    own: float | None


def comparables(columns: Columns, history: Values, row: int) -> Comparables:
    """Give the comparables of one row from its history values: those that the features see."""
    item = Row(columns, history, row)
    widened = item.count("origin_hs6.uv_n") < COMPARABLES_NEEDED
    near = "hs6" if widened else "origin_hs6"
    count = item.count(f"{near}.uv_n")
    mean = item.mean(f"{near}.uv", COMPARABLES_NEEDED)
    spread = None
    if mean is not None:
        square = item.count(f"{near}.uv_sq") / LOG_UNIT**2 / count
        spread = math.sqrt(max(square - mean * mean, 0.0))
    cif, mass = item.number("cif"), item.number("net_kg")
    own = round(cif / mass, 6) if cif is not None and mass else None
    return Comparables(count, _factor(mean), _factor(spread), widened, _recent(item, own), own)


def _recent(item: Row, own: float | None) -> Recent:
    number, count = item.count("comparables.level"), item.count("comparables.n")
    if not number:
        return Recent(count)
    level = LEVELS[number - 1]
    below = item.count("comparables.below") + item.count("comparables.same") / 2
    return Recent(
        count,
        level.days,
        *_quartiles(item),
        None if own is None else percent(below, count),
        level.entity == "hs6",
    )


def _quartiles(item: Row) -> tuple[float | None, float | None, float | None]:
    quarter, median, three_quarters = (
        _factor(item.count(f"comparables.{name}") / LOG_UNIT)
        for name in ("quarter", "median", "three_quarters")
    )
    return quarter, median, three_quarters


def _factor(logarithm: float | None) -> float | None:
    return None if logarithm is None else round(math.exp(logarithm), 6)
