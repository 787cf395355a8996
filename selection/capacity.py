"""Capacity: a share of declarations turned into thresholds, and a count that stops the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from customs.lane import Lane
from selection.settings import Shares


@dataclass(frozen=True)
class Thresholds:
    """Scores above which the model asks for the red and for the orange lane."""

    red: float
    orange: float


@dataclass(frozen=True)
class Take:
    """One question to a quota and its answer: `limit` as it stood for the model, `used` after the answer."""

    lane: Lane
    limit: int | None
    taken: bool
    used: int


class QuotaStore(Protocol):
    """Counts inspections by day and lane, atomically, whoever else counts."""

    def take(self, day: date, lane: Lane, limit: int | None) -> Take:
        """Count one inspection, unless `allowed(limit, of the day before)` are used already.

        Without a limit it is always taken: so are mandatory and random inspections, which no quota stops.
        """

    def used(self, day: date, lane: Lane) -> int:
        """Inspections counted on that day."""


def thresholds(quantile: Callable[[float], float], shares: Shares) -> Thresholds:
    """The thresholds that let `shares.red` of the declarations into red and the next ones into orange.

    `quantile` gives the quantiles of the declaration score in a recent population, inspected or not. Scores
    must be above a threshold, so that a heap of equal scores never overruns the lane.

    >>> thresholds(lambda q: 10 * q, Shares(red=0.25, orange=0.25))
    Thresholds(red=7.5, orange=5.0)
    """
    return Thresholds(quantile(1 - shares.red), quantile(1 - shares.red - shares.orange))


def allowed(limit: int, used_day_before: int) -> int:
    """The model's limit of a day: what the day before spent beyond its own is taken from it.

    >>> allowed(10, 7), allowed(10, 13)
    (10, 7)
    """
    return max(0, limit - max(0, used_day_before - limit))
