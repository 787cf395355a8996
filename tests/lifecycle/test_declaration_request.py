"""The request of canonical rows is one the service takes, and says the same."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from customs.declaration import FIELDS, Field, Kind
from features.columns import from_records, to_frame
from features.values import MISSING
from lifecycle.declaration_request import request_of
from serving.contract import HEADER, ITEM, decision_request, items_of
from tests.lifecycle.houses import House, requests_of

FIELD = {field.name: field for field in FIELDS}
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8).filter(
    lambda word: word not in MISSING  # which stand for a value that is not there
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def values(field: Field) -> st.SearchStrategy[Any]:
    kinds: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.INTEGER: st.integers(1, 9),
        Kind.NUMBER: st.floats(0, 1e9, allow_nan=False),
        Kind.FLAG: st.booleans(),
        Kind.INSTANT: INSTANTS.map(datetime.isoformat),
    }
    return kinds.get(field.kind, WORDS)


def some_of(names: tuple[str, ...], always: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    held = {name: st.none() | values(FIELD[name]) for name in names if not FIELD[name].required}
    due = {name: values(FIELD[name]) for name in names if FIELD[name].required}
    return st.fixed_dictionaries({**due, **held}).map(lambda found: {**found, **always})


DECLARATIONS = st.tuples(some_of(HEADER, {}), st.lists(some_of(ITEM, {}), min_size=1, max_size=3)).map(
    lambda both: [{**both[0], **item, "item_no": no} for no, item in enumerate(both[1], 1)]
)


@given(DECLARATIONS)
def test_a_request_is_taken_by_the_contract_and_reads_as_the_rows_it_was_made_of(
    rows: list[dict[str, Any]],
) -> None:
    columns = from_records(rows).columns
    request = json.loads(json.dumps(request_of(to_frame(columns))))
    taken = from_records(items_of(decision_request(request, max_items=9))).columns
    for name in (*HEADER, *ITEM):
        if columns[name].dtype == object:
            assert taken[name].tolist() == columns[name].tolist(), name
        else:
            np.testing.assert_array_equal(taken[name], columns[name], err_msg=name)


def test_every_declaration_of_a_simulated_world_is_a_sound_request(house: House) -> None:
    requests = requests_of(house.before)
    assert len(requests) > 400
    for request in requests:
        decision_request(json.loads(json.dumps(request)), max_items=100)


def test_what_is_missing_is_left_out() -> None:
    row = {"declaration_id": "A", "item_no": 1, "cif": math.nan, "brand": None, "importer_aeo": 0.0}
    assert request_of(pl.DataFrame([row])) == {
        "declaration": {"declaration_id": "A", "importer_aeo": False},
        "items": [{"item_no": 1}],
    }
