"""A quota in memory, for one process: backtests and simulations."""

from __future__ import annotations

import threading
from collections import Counter

from selection.capacity import Place, Take, allowed


class MemoryQuota:
    """A QuotaStore that is gone with the process.

    >>> from customs.lane import Lane
    >>> from datetime import date
    >>> quota, place = MemoryQuota(), Place(date(2026, 3, 1), "118", Lane.RED)
    >>> [quota.take(place, 1).taken for _ in range(2)]
    [True, False]
    """

    def __init__(self) -> None:
        self._used: Counter[Place] = Counter()
        self._lock = threading.Lock()

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:
        """See QuotaStore."""
        with self._lock:
            left = None if limit is None else allowed(limit, self._used[place.day_before], released)
            taken = left is None or self._used[place] < left
            self._used[place] += taken
            return Take(place.lane, left, taken, self._used[place])

    def give_back(self, place: Place) -> None:
        """See QuotaStore."""
        with self._lock:
            self._used[place] = max(0, self._used[place] - 1)

    def used(self, place: Place) -> int:
        """See QuotaStore."""
        with self._lock:
            return self._used[place]
