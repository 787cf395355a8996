"""Where wrapped data keys lie, whatever database it is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class WrappedKey(NamedTuple):
    """A subject (its keyed hash), the random name of its key, and the key under the master key."""

    subject: str
    key_id: str
    wrapped: bytes


class KeyTable(Protocol):
    """Wrapped keys by subject and by name; what is in it is durable. Raises LedgerUnavailable."""

    def begun(self) -> bool:
        """Whether a master key was named in it."""

    def master(self, name: str) -> str:
        """The name of the master key that wraps them: this one, if none was named before."""

    def state(self) -> int:
        """A number that is another one once a key was deleted by anybody else."""

    def of(self, subjects: Sequence[str]) -> list[WrappedKey]:
        """The keys of those of the subjects who have one."""

    def named(self, key_id: str) -> WrappedKey | None:
        """The key with this name."""

    def add(self, keys: Sequence[WrappedKey]) -> None:
        """Keep these keys, each unless its subject has one."""

    def delete(self, subject: str) -> bool:
        """Destroy the key of a subject; False if there was none."""

    def close(self) -> None:
        """Let go of the database."""
