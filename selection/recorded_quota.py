"""The answers that a quota once gave: what a replay asks instead of the count of today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from customs.lane import Lane
from selection.capacity import Take


class RecordedQuota:
    """A QuotaStore that gives recorded answers in their order; what was never asked is not taken.

    >>> quota = RecordedQuota([Take(Lane.RED, 5, True, 5)])
    >>> quota.take(date(2026, 3, 1), Lane.RED, 9)
    Take(lane=<Lane.RED: 'red'>, limit=5, taken=True, used=5)
    """

    def __init__(self, takes: Iterable[Take]) -> None:
        self._left = list(takes)

    @classmethod
    def of(cls, takes: Iterable[Mapping[str, Any]]) -> RecordedQuota:
        """The answers as a record holds them: lane, limit, taken, used."""
        return cls(Take(Lane(take["lane"]), take["limit"], take["taken"], take["used"]) for take in takes)

    def take(self, day: date, lane: Lane, limit: int | None) -> Take:  # noqa: ARG002 - it stands in the answer
        """The next recorded answer for this lane."""
        for number, take in enumerate(self._left):
            if take.lane is lane:
                return self._left.pop(number)
        return Take(lane, limit, taken=False, used=0)

    def used(self, day: date, lane: Lane) -> int:  # noqa: ARG002 - records hold no other day
        """What the next recorded answer says."""
        return next((take.used for take in self._left if take.lane is lane), 0)
