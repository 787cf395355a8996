"""A quota that answers even when its store does not: then only the model is stopped, where it has a limit."""

from __future__ import annotations

from datetime import date

from customs.lane import Lane
from selection.capacity import QuotaStore, Take
from selection.errors import QuotaUnavailable


class SteadyQuota:
    """A QuotaStore for one decision; `away` is True once the store behind it could not answer.

    >>> from selection.memory_quota import MemoryQuota
    >>> quota = SteadyQuota(MemoryQuota())
    >>> quota.take(date(2026, 3, 1), Lane.RED, 5).taken, quota.away
    (True, False)
    """

    def __init__(self, store: QuotaStore) -> None:
        self.away = False
        self._store = store

    def take(self, day: date, lane: Lane, limit: int | None) -> Take:
        """See QuotaStore."""
        try:
            return self._store.take(day, lane, limit)
        except QuotaUnavailable:
            self.away = True
            return Take(lane, limit, taken=limit is None, used=0)

    def used(self, day: date, lane: Lane) -> int:
        """See QuotaStore."""
        return self._store.used(day, lane)
