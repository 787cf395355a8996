"""The snapshot that a Redis holds: taken when it is another one, let go of while Redis is away."""

from __future__ import annotations

import threading
from collections.abc import Callable

from features.errors import ProfileStoreError
from features.redis_profile_store import RedisProfileStore


class Mirrored:
    """Holds the store that `load` opens, as `Watched` does for a file; `look` asks Redis if it still stands.

    A store that moved on stays until the next is open, so that nobody finds none meanwhile. One that failed
    is let go of: until the next look nobody waits for a Redis that is away.
    """

    def __init__(self, load: Callable[[], RedisProfileStore]) -> None:
        self.value: RedisProfileStore | None = None
        self.refused: str | None = None
        self._load = load
        self._looking = threading.Lock()

    def look(self) -> bool:
        """Open what there is if the store no longer stands; True if the value or the refusal changed."""
        with self._looking:
            before = (self.value, self.refused)
            if not _stands(self.value):
                self._open()
            return (self.value, self.refused) != before

    def let_go(self, store: RedisProfileStore) -> None:
        """Do without a store that failed; another that took its place stays."""
        if self.value is store:
            self.value = None

    def _open(self) -> None:
        try:
            self.value, self.refused = self._load(), None
        except ProfileStoreError as error:
            self.value, self.refused = None, str(error)


def _stands(store: RedisProfileStore | None) -> bool:
    if store is None:
        return False
    try:
        store.check()
    except ProfileStoreError:
        return False
    return True
