"""A quota in memory, for one process: backtests and simulations."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta

from customs.lane import Lane
from selection.capacity import Take, allowed


class MemoryQuota:
    """A QuotaStore that is gone with the process.

    >>> quota = MemoryQuota()
    >>> [quota.take(date(2026, 3, 1), Lane.RED, 1).taken for _ in range(2)]
    [True, False]
    """

    def __init__(self) -> None:
        self._used: Counter[tuple[date, Lane]] = Counter()
        self._lock = threading.Lock()

    def take(self, day: date, lane: Lane, limit: int | None) -> Take:
        """See QuotaStore."""
        with self._lock:
            left = None if limit is None else allowed(limit, self._used[day - timedelta(days=1), lane])
            taken = left is None or self._used[day, lane] < left
            self._used[day, lane] += taken
            return Take(lane, left, taken, self._used[day, lane])

    def used(self, day: date, lane: Lane) -> int:
        """See QuotaStore."""
        with self._lock:
            return self._used[day, lane]
