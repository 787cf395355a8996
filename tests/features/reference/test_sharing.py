"""Who shares an address is counted as of each day, and equals a count over the register."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.history.entities import YOUNG_DAYS
from features.local_time import days_of
from features.reference.measures import MISSING, values_as_of
from tests.features.reference.table_examples import items, table

FIRST = date(2024, 1, 1)
IMPORTERS, TOKENS = ("A", "B", "C", "D"), (None, "00ff00ff00ff00ff", "1122334455667788")
_DAY = st.integers(0, 120).map(lambda number: FIRST + timedelta(days=number))
_ROW = st.fixed_dictionaries(
    {
        "importer_id": st.sampled_from(IMPORTERS),
        "registered_on": st.integers(-120, 60).map(lambda number: FIRST + timedelta(days=number)),
        "address": st.sampled_from(TOKENS),
        "valid_from": _DAY,
        "valid_to": st.none() | _DAY,
        "known_from": _DAY,
        "withdrawn": st.sampled_from([0.0, 0.0, 1.0]),
    }
)


@settings(max_examples=80, deadline=None)
@given(st.lists(_ROW, max_size=9), st.lists(st.integers(0, 250), min_size=1, max_size=6))
def test_the_others_at_an_address_are_those_whose_row_counts_on_the_day(rows, days):
    held = table("companies", *rows)
    for day in days:
        asked = items(FIRST + timedelta(days=day), importer_id=list(IMPORTERS))
        found = values_as_of(held, asked)
        number = days_of(FIRST) + day
        sits = dict(zip(IMPORTERS, found["address"].tolist(), strict=True))
        young = dict(zip(IMPORTERS, (number - found["registered"] < YOUNG_DAYS).tolist(), strict=True))
        for place, one in enumerate(IMPORTERS):
            others = [each for each in IMPORTERS if each != one and sits[each] == sits[one] != MISSING]
            expected = (len(others), sum(young[each] for each in others)) if sits[one] != MISSING else None
            told = (found["shared"][place].item(), found["shared_young"][place].item())
            assert told == (expected or (MISSING, MISSING))


def test_a_company_ceases_to_be_young_and_one_that_left_is_not_counted() -> None:
    one = {"registered_on": FIRST, "address": TOKENS[1], "valid_from": FIRST, "known_from": FIRST}
    held = table(
        "companies",
        {"importer_id": "A", **one},
        {"importer_id": "B", **one, "valid_to": FIRST + timedelta(days=100)},
    )
    asked = items(FIRST, importer_id=["A"] * 4)
    asked["customs_date"] = days_of(FIRST) + np.array([0, 89, 90, 101], np.int32)
    values = values_as_of(held, asked)
    assert values["shared"].tolist() == [MISSING, 1, 1, 0]
    assert values["shared_young"].tolist() == [MISSING, 1, 0, 0]
