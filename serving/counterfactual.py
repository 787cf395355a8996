"""The smallest change of declared facts that would alter the lane: facts of goods, never parties."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from customs.lane import Lane
from serving.variants import Bench, Request, Variant, changed

FACTORS: tuple[float, ...] = (1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
"""By how many times a quantity is made larger, or smaller, at first."""

CODES: tuple[str, ...] = (
    "origin_country", "departure_country", "preference_code", "incoterm", "unit", "valuation_method",
)  # fmt: skip
"""Facts that are codes: the model's own codes are tried in their place."""

CODE_COST = math.log(2.0)
"""Another code is as large a change as twice a quantity."""

_STEPS = 8
_CLOSE = 1e-9
_MOST_ITEMS = 3


@dataclass(frozen=True)
class Change:
    """One fact of one item: what was declared and what it would be.

    `fact` is value, mass, quantity, freight or insurance with the `factor` by which it changes, or the name
    of a coded field. `declared` and `changed` hold the fields of it.
    """

    item_no: int
    fact: str
    factor: float | None
    declared: Mapping[str, Any]
    changed: Mapping[str, Any]

    @property
    def cost(self) -> float:
        """How large it is: the logarithm of the factor, or CODE_COST."""
        return CODE_COST if self.factor is None else abs(math.log(self.factor))


@dataclass(frozen=True)
class Counterfactual:
    """Changes that together would alter the lane, and the lane there would be; none found: no changes."""

    changes: tuple[Change, ...]
    lane: Lane | None
    tried: int


def smallest_change(bench: Bench, lane: Lane, order: Sequence[int]) -> Counterfactual:
    """Give the smallest change of one fact with which rules and model would ask for less than the lane.

    Where no single fact does, the one that lowers the score most is kept and the next item looked at, up to
    three. `order` are the places of the items, the most suspicious first.
    """
    request, kept, tried = bench.request, list[Change](), 0
    for place in order[:_MOST_ITEMS]:
        look = _Look(bench, lane, request, place)
        options = look.selected([*look.quantities(), *look.codes()])
        tried += len(options)
        if enough := [one for one in options if look.is_enough(one.variant)]:
            found = look.finer(min(enough, key=lambda one: one.change.cost))
            return Counterfactual((*kept, found.change), found.variant.lane, tried)
        scored = [one for one in options if one.variant.score is not None]
        if scored:
            lowest = min(scored, key=lambda one: one.variant.score or 0.0).change
            request, kept = changed(request, place, lowest.changed), [*kept, lowest]
    return Counterfactual((), None, tried)


@dataclass(frozen=True)
class _Option:
    """A change, and what the declaration would come to with it."""

    change: Change
    variant: Variant


@dataclass(frozen=True)
class _Look:
    """Changes of the item at `place` of a request, and whether with them less than the lane is asked for."""

    bench: Bench
    lane: Lane
    request: Request
    place: int

    def selected(self, changes: Sequence[Change]) -> list[_Option]:
        """Give those that intake would take."""
        variants = self.bench.selected([changed(self.request, self.place, one.changed) for one in changes])
        return [_Option(one, made) for one, made in zip(changes, variants, strict=True) if made is not None]

    def is_enough(self, variant: Variant) -> bool:
        return variant.lane.severity < self.lane.severity

    def finer(self, found: _Option) -> _Option:
        """Give a smaller change of the same quantity that is enough as well, if there is one."""
        fact, factor = found.change.fact, found.change.factor
        if factor is None:
            return found
        size = max(factor, 1 / factor)
        enough_not = max(each for each in (1.0, *FACTORS) if each < size - _CLOSE)
        sizes = np.geomspace(enough_not, size, _STEPS + 1)[1:-1].tolist()
        factors = [round(one if factor > 1 else 1 / one, 3) for one in sizes]
        options = self.selected([made for each in factors if (made := self._scaled(fact, each))])
        return next((one for one in options if self.is_enough(one.variant)), found)

    @property
    def _item(self) -> Mapping[str, Any]:
        item: Mapping[str, Any] = self.request["items"][self.place]
        return item

    def quantities(self) -> Iterator[Change]:
        for factor in FACTORS:
            for fact in _QUANTITIES:
                for each in (factor, 1 / factor):
                    if made := self._scaled(fact, each):
                        yield made

    def codes(self) -> Iterator[Change]:
        for name in CODES:
            declared = self._item.get(name)
            for code in (*self.bench.bundle.recipe.vocabularies[name], None):
                if code != (None if declared is None else str(declared)):
                    value = int(code) if code is not None and isinstance(declared, int) else code
                    yield Change(self._item["item_no"], name, None, {name: declared}, {name: value})

    def _scaled(self, fact: str, factor: float) -> Change | None:
        """Give a change of a quantity and of what is built up of it; None where it is not declared."""
        item = self._item
        fields = {name: item[name] for name in _QUANTITIES[fact] if item.get(name)}
        if not fields:
            return None
        new = {name: _rounded(value, value * factor) for name, value in fields.items()}
        if fact in _IN_CIF and item.get("cif"):
            fields |= {"cif": item["cif"]}
            new |= {"cif": item["cif"] + new[fact] - item[fact]}
        return Change(item["item_no"], fact, factor, fields, new)


def _rounded(declared: float, value: float) -> float:
    """Whole where a whole number was declared, else to the cent."""
    return max(1, round(value)) if isinstance(declared, int) else round(value, 2)


_QUANTITIES: Mapping[str, tuple[str, ...]] = {
    "value": ("invoice_amount", "fob", "freight", "insurance", "adjustment", "cif", "total_taxes"),
    "mass": ("net_kg", "gross_kg"),
    "quantity": ("quantity",),
    "freight": ("freight",),
    "insurance": ("insurance",),
}
"""Quantities, and the declared fields that change in proportion."""

_IN_CIF = ("freight", "insurance")
