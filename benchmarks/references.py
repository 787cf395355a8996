"""How long the as-of join of reference tables takes: a million rows, a million look-ups, and one.

Rows of keys that are corrected, withdrawn, known late, open-ended and closed; look-ups in no order. One
process, one thread; the best of a few runs, since others may use the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from features.reference.keys import Keys
from features.reference.timeline import OPEN, Days, Rows, Timeline

Made = TypeVar("Made")

_FIRST, _LAST = 18_000, 20_000
_TIMES = 3
_ONES = 2_000


def run(rows: int = 1_000_000, look_ups: int = 1_000_000) -> dict[str, object]:
    """Give seconds to build and to look up by number of keys, and microseconds of one look-up."""
    rng = np.random.default_rng(0)
    return {"rows": rows, "look-ups": look_ups} | {
        f"{keys:,} keys": _figures(keys, rows, look_ups, rng) for keys in (rows // 3, 1_000, 1)
    }


def _figures(keys: int, rows: int, look_ups: int, rng: np.random.Generator) -> dict[str, float]:
    known = rng.integers(1, 2**64 - 1, keys, dtype=np.uint64)
    table = _table(known[rng.integers(keys, size=rows)], rng)
    asked = known[rng.integers(keys, size=look_ups)]
    days = rng.integers(_FIRST, _LAST, look_ups).astype(np.int32)
    build, timeline = _best(lambda: Timeline.build(table))
    look_up, found = _best(lambda: timeline.rows_as_of(asked, days))
    ones, _ = _best(lambda: _one_by_one(timeline, asked, days))
    return {
        "build, s": round(build, 2),
        "look-ups, s": round(look_up, 2),
        "one look-up, us": round(ones / _ONES * 1e6, 1),
        "found": round(float((found >= 0).mean()), 3),
    }


def _table(keys: Keys, rng: np.random.Generator) -> Rows:
    count = len(keys)
    first = rng.integers(_FIRST, _LAST, count).astype(np.int32)
    last = np.where(rng.random(count) < 0.5, OPEN, first + rng.integers(0, 400, count)).astype(np.int32)
    known = (first + rng.integers(-30, 30, count)).astype(np.int32)
    instant = known.astype(np.int64) * 86_400 + rng.integers(86_400, size=count)
    return Rows(keys, first, last, instant, known, rng.random(count) < 0.03)


def _one_by_one(timeline: Timeline, asked: Keys, days: Days) -> None:
    for at in range(_ONES):
        timeline.rows_as_of(asked[at : at + 1], days[at : at + 1])


def _best(function: Callable[[], Made]) -> tuple[float, Made]:
    taken = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        made = function()
        taken.append(time.perf_counter() - started)
    return min(taken), made
