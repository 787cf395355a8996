"""The time that the model has to score a declaration: what is too late decides nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass


class TooLateError(Exception):
    """The time for the model has passed."""


@dataclass(frozen=True)
class Budget:
    """An instant of the monotonic clock until which the model may be asked.

    >>> ENDLESS.check()
    >>> SPENT.check()
    Traceback (most recent call last):
    serving.budget.TooLateError
    """

    until: float

    @classmethod
    def of(cls, seconds: float, began: float) -> Budget:
        """Give the budget of a request that came at `began` of the monotonic clock."""
        return cls(began + seconds)

    def check(self) -> None:
        """Raise TooLateError once the time has passed."""
        if time.monotonic() >= self.until:
            raise TooLateError


ENDLESS, SPENT = Budget(float("inf")), Budget(float("-inf"))
