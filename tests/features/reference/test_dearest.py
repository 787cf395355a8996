"""The highest rate of a heading and of a chapter is that of the rows that count on the day."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.local_time import date_of, days_of
from features.reference.measures import values_as_of
from features.reference.row_numbers import MISSING
from tests.features.reference.table_examples import table
from tests.features.reference.timeline_reference import Row, row_as_of

LEAP = days_of(date(2024, 2, 29))
CODES = ("610910", "610990", "6109", "6110", "620342")
day = st.integers(LEAP - 8, LEAP + 8)
lines = st.tuples(
    st.sampled_from(CODES), day, st.none() | day, day, st.booleans() | st.just(False), st.integers(0, 40)
)
Line = tuple[str, int, int | None, int, bool, int]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(lines, min_size=1, max_size=12, unique_by=lambda one: (one[0], one[1], one[3])),
    st.lists(st.tuples(st.sampled_from([*CODES, "610999", "99"]), day), min_size=1, max_size=12),
)
def test_it_is_the_greatest_of_what_counts_for_each_code(
    told: list[Line], asked: list[tuple[str, int]]
) -> None:
    tariff = table(
        "tariff",
        *(
            {
                "hs_code": code,
                "valid_from": date_of(since),
                "valid_to": None if until is None else date_of(until),
                "known_from": date_of(known),
                "withdrawn": float(withdrawn),
                "rate_pct": float(rate),
            }
            for code, since, until, known, withdrawn, rate in told
        ),
    )
    codes = np.array([code for code, _ in asked], dtype=object)
    days = np.array([one for _, one in asked], np.int32)
    found = values_as_of(tariff, {"hs_code": codes, "customs_date": days})
    for place, (code, one) in enumerate(asked):
        own = next((head for head in (code, code[:4]) if _rate(told, head, one) != MISSING), None)
        for name, digits in (("heading_most", 4), ("chapter_most", 2)):
            assert found[name][place] == (MISSING if own is None else _most(told, own[:digits], one))


def _rate(told: list[Line], code: str, one: int) -> int:
    """The rate that counts for a code on a day, in hundredths, slowly and obviously."""
    rows = [
        Row(1 + CODES.index(each), since, 2**31 - 1 if until is None else until, (known, at), withdrawn)
        for at, (each, since, until, known, withdrawn, _) in enumerate(told)
    ]
    at = row_as_of(rows, 1 + CODES.index(code), one) if code in CODES else -1
    return MISSING if at < 0 else 100 * told[at][-1]


def _most(told: list[Line], head: str, one: int) -> int:
    return max(_rate(told, code, one) for code in CODES if code.startswith(head))
