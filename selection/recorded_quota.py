"""The answers that a quota once gave: what a replay asks instead of the count of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from customs.lane import Lane
from selection.capacity import Place, Take


class RecordedQuota:
    """A QuotaStore that gives recorded answers in their order; what was never asked is not taken.

    >>> from datetime import date
    >>> quota = RecordedQuota([Take(Lane.RED, 5, True, 5)])
    >>> quota.take(Place(date(2026, 3, 1), "118", Lane.RED), 9)
    Take(lane=<Lane.RED: 'red'>, limit=5, taken=True, used=5)
    """

    def __init__(self, takes: Iterable[Take]) -> None:
        self._left = list(takes)

    @classmethod
    def of(cls, takes: Iterable[Mapping[str, Any]]) -> RecordedQuota:
        """The answers as a record holds them: lane, limit, taken, used."""
        return cls(Take(Lane(take["lane"]), take["limit"], take["taken"], take["used"]) for take in takes)

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:  # noqa: ARG002
        """The next recorded answer for this lane."""
        for number, take in enumerate(self._left):
            if take.lane is place.lane:
                return self._left.pop(number)
        return Take(place.lane, limit, taken=False, used=0)

    def give_back(self, place: Place) -> None:
        """Nothing: what was recorded stays as it was."""

    def used(self, place: Place) -> int:
        """What the next recorded answer says."""
        return next((take.used for take in self._left if take.lane is place.lane), 0)
