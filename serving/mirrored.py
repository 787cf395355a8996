"""The snapshot that a Redis holds: taken when it is another one, let go of while Redis is away."""

from __future__ import annotations

from collections.abc import Callable

from features.errors import ProfileStoreError
from features.redis_profile_store import RedisProfileStore


class Mirrored:
    """Holds the store that `load` opens, as `Watched` does for a file; `look` asks Redis if it still stands.

    A store that failed is let go of: until the next look nobody waits for a Redis that is away.
    """

    def __init__(self, load: Callable[[], RedisProfileStore]) -> None:
        self.value: RedisProfileStore | None = None
        self.refused: str | None = None
        self._load = load

    def look(self) -> bool:
        """Open what there is if the store no longer stands; True if the value or the refusal changed."""
        before = (self.value, self.refused)
        try:
            if self.value is not None:
                self.value.check()
        except ProfileStoreError:
            self.value = None
        if self.value is None:
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
            self.refused = str(error)
