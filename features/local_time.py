"""Instants and the local dates made of them.

An instant is int64 microseconds since 1970-01-01 UTC, a day is int32 days since 1970-01-01. Only the years
1900 to 2199 are dates of trade; anything else was misread.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

NO_INSTANT = int(np.iinfo(np.int64).min)
"""Stands in an instant column where there is none; no accepted row has it."""

NO_DAY = int(np.iinfo(np.int32).min)
"""Stands in a day column where there is none; no accepted row has it."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years of trade."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_QUARTER = 15 * 60 * 1_000_000
_DAY = 24 * 3600 * 1_000_000
_FEW = 32


def local_days(instants: NDArray[np.int64], time_zone: str) -> NDArray[np.int32]:
    """Local date of each instant, as days since 1970-01-01; NO_INSTANT gives NO_DAY.

    Offsets change on quarter hours only, so each distinct quarter is looked up once.

    >>> local_days(np.array([0, 6 * 3600 * 1_000_000]), "America/Lima").tolist()
    [-1, 0]
    """
    if len(instants) <= _FEW:
        return np.array([_local_day(instant, time_zone) for instant in instants.tolist()], np.int32)
    known = instants != NO_INSTANT
    quarters = np.floor_divide(np.where(known, instants, 0), _QUARTER)
    distinct, index = np.unique(quarters, return_inverse=True)
    offsets = np.array([_offset(int(quarter), time_zone) for quarter in distinct], np.int64)[index]
    days = np.floor_divide(np.where(known, instants, 0) + offsets, _DAY)
    return np.where(known, days, NO_DAY).astype(np.int32)


def _local_day(instant: int, time_zone: str) -> int:
    if instant == NO_INSTANT:
        return NO_DAY
    return (instant + _offset(instant // _QUARTER, time_zone)) // _DAY


def instant_of(moment: datetime) -> int:
    """Microseconds since the epoch of a moment with an offset; ValueError without one or out of range.

    >>> instant_of(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"no offset, or a year outside {FIRST_YEAR} to {LAST_YEAR}")
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def text_of(instant: int) -> str:
    """ISO 8601 of an instant in UTC; empty for NO_INSTANT.

    >>> text_of(1_000_000)
    '1970-01-01T00:00:01+00:00'
    """
    return "" if instant == NO_INSTANT else (_EPOCH + timedelta(microseconds=instant)).isoformat()


def midnight_of(day: date, time_zone: str) -> int:
    """Microseconds since the epoch of local midnight of a day.

    >>> midnight_of(date(1970, 1, 1), "America/Lima") // 3_600_000_000
    5
    """
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)))


def days_of(day: date) -> int:
    """Days since 1970-01-01.

    >>> days_of(date(1970, 1, 11))
    10
    """
    return (day - _EPOCH_DAY).days


def date_of(days: int) -> date:
    """The date that lies so many days after 1970-01-01.

    >>> date_of(10)
    datetime.date(1970, 1, 11)
    """
    return _EPOCH_DAY + timedelta(days=days)


@lru_cache(maxsize=200_000)
def _offset(quarter: int, time_zone: str) -> int:
    moment = _EPOCH + timedelta(microseconds=quarter * _QUARTER)
    offset: Any = moment.astimezone(ZoneInfo(time_zone)).utcoffset()
    return int(offset // _MICROSECOND)


def next_month(first: date) -> date:
    """Give the first day of the month that follows a first day.

    >>> next_month(date(2024, 12, 1))
    datetime.date(2025, 1, 1)
    """
    return (first + timedelta(days=31)).replace(day=1)
