"""Inspections that a decision took from the count of its day: where they count, and giving them back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from customs.lane import Lane
from features.columns import Columns
from selection.capacity import Place, QuotaStore
from selection.errors import QuotaUnavailable
from selection.facts import facts_of


def places_of(columns: Columns, lanes: Iterable[Lane]) -> tuple[Place, ...]:
    """Give where inspections of a declaration in these lanes count."""
    taken = tuple(lanes)
    if not taken:
        return ()
    facts = facts_of(columns)
    return tuple(Place(facts.day, facts.office, lane) for lane in taken)


def give_back(places: Iterable[Place], quota: QuotaStore) -> None:
    """Give inspections back; where the count is away they stay counted."""
    with suppress(QuotaUnavailable):
        for place in places:
            quota.give_back(place)
