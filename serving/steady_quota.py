"""A quota that answers even when its store does not: then only the model is stopped, where it has a limit."""

from __future__ import annotations

from selection.capacity import Place, QuotaStore, Take
from selection.errors import QuotaUnavailable


class SteadyQuota:
    """A QuotaStore for one decision; `away` is True once the store behind it could not answer.

    >>> from datetime import date
    >>> from customs.lane import Lane
    >>> from selection.memory_quota import MemoryQuota
    >>> quota = SteadyQuota(MemoryQuota())
    >>> quota.take(Place(date(2026, 3, 1), "118", Lane.RED), 5).taken, quota.away
    (True, False)
    """

    def __init__(self, store: QuotaStore) -> None:
        self.away = False
        self._store = store

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:
        """See QuotaStore."""
        try:
            return self._store.take(place, limit, released)
        except QuotaUnavailable:
            self.away = True
            return Take(place.lane, limit, taken=limit is None, used=0)

    def give_back(self, place: Place) -> None:
        """See QuotaStore."""
        self._store.give_back(place)

    def used(self, place: Place) -> int:
        """See QuotaStore."""
        return self._store.used(place)
