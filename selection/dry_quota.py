"""A quota that says what it would answer, and counts nothing."""

from __future__ import annotations

from selection.capacity import Place, QuotaStore, Take, allowed


class DryQuota:
    """A QuotaStore for one declaration that is only tried out, over the count of another store.

    >>> from datetime import date
    >>> from customs.lane import Lane
    >>> from selection.memory_quota import MemoryQuota
    >>> count, place = MemoryQuota(), Place(date(2026, 3, 1), "118", Lane.RED)
    >>> DryQuota(count).take(place, 1), count.used(place)
    (Take(lane=<Lane.RED: 'red'>, limit=1, taken=True, used=1), 0)
    """

    def __init__(self, store: QuotaStore) -> None:
        self._store = store

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:
        """What the store would answer now; raises what the store raises."""
        used = self._store.used(place)
        left = None if limit is None else allowed(limit, self._store.used(place.day_before), released)
        taken = left is None or used < left
        return Take(place.lane, left, taken, used + taken)

    def give_back(self, place: Place) -> None:
        """Nothing: nothing was taken."""

    def used(self, place: Place) -> int:
        """What the store has counted."""
        return self._store.used(place)
