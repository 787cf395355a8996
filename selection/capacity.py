"""Capacity: a share of declarations turned into thresholds, and a count that stops the model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from customs.lane import Lane
from selection.settings import Shares

_ROUNDING = 1e-9
"""Of inspections, so that a tenth of thirty is three."""


@dataclass(frozen=True)
class Thresholds:
    """Scores above which the model asks for the red and for the orange lane."""

    red: float
    orange: float


@dataclass(frozen=True)
class Place:
    """What is counted together: the inspections of one lane at one office on one day."""

    day: date
    office: str
    lane: Lane

    @property
    def day_before(self) -> Place:
        """The same lane and office on the day before."""
        return replace(self, day=self.day - timedelta(days=1))


@dataclass(frozen=True)
class Take:
    """One question to a quota and its answer: `limit` as it stood for the model, `used` after the answer."""

    lane: Lane
    limit: int | None
    taken: bool
    used: int


class QuotaStore(Protocol):
    """Counts inspections by day, office and lane, atomically, whoever else counts."""

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:
        """Count one inspection, unless `allowed(limit, of the day before, released)` are used already.

        Without a limit it is always taken: so are mandatory and random inspections, which no quota stops.
        """

    def give_back(self, place: Place) -> None:
        """Count one inspection less, as of a decision that was cancelled; never below none."""

    def used(self, place: Place) -> int:
        """Inspections counted there."""


def thresholds(quantile: Callable[[float], float], shares: Shares) -> Thresholds:
    """The thresholds that let `shares.red` of the declarations into red and the next ones into orange.

    `quantile` gives the quantiles of the declaration score in a recent population, inspected or not. Scores
    must be above a threshold, so that a heap of equal scores never overruns the lane.

    >>> thresholds(lambda q: 10 * q, Shares(red=0.25, orange=0.25))
    Thresholds(red=7.5, orange=5.0)
    """
    return Thresholds(quantile(1 - shares.red), quantile(1 - shares.red - shares.orange))


def allowed(limit: int, used_day_before: int, released: float = 1.0) -> int:
    """The model's limit at a moment: the part of the day's that is released by then, rounded up.

    What the day before spent beyond its own limit is taken from the day's.

    >>> allowed(10, 7), allowed(10, 13), allowed(10, 7, 0.25)
    (10, 7, 3)
    """
    left = max(0, limit - max(0, used_day_before - limit))
    return math.ceil(released * left - _ROUNDING)
