"""How far a long step has come, told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with what is done, how many steps of it, and how many there are."""


def silent(label: str, done: int, total: int) -> None:
    """Tell nobody.

    >>> silent("drift", 1, 10)
    """
