"""The items of a lake come in their newest version, in order, the same however many at a time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.columns import NAMES, Columns, from_frame, from_records, rows, to_frame
from features.definitions.declaration import CARRIED, totals
from features.lake import Lake
from lifecycle import models
from lifecycle.newest_items import newest_items
from lifecycle.recall import recalled
from tests.features.intake_examples import item
from tests.lifecycle.houses import House, silent

ALL = 10_000

items = st.fixed_dictionaries(
    {
        "declaration_id": st.sampled_from(["D1", "D2", "D3"]),
        "item_no": st.integers(1, 4),
        "version": st.integers(1, 3),
        "accepted_at": st.sampled_from(["2024-01-30", "2024-01-31", "2024-02-01", "2024-03-05"]),
        "cif": st.sampled_from([1.0, 250.5, None]),
        "hs_code": st.sampled_from(["847130", "8471309000", "620342"]),
    }
)


def of_lake(folder: str, declared: list[dict[str, Any]]) -> Lake:
    lake = Lake(Path(folder) / "lake")
    for one in declared:
        lake.append_items(to_frame(from_records([item(**one)]).columns))
    return lake


def joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in (*NAMES, *CARRIED)}


def in_one_go(lake: Lake) -> Columns:
    """Read everything, as a small lake can be."""
    newest = (
        lake.items()
        .collect()
        .sort("version", descending=True)
        .unique(["declaration_id", "item_no"], keep="first", maintain_order=True)
        .sort("customs_date", "declaration_id", "item_no")
    )
    columns = from_frame(newest)
    return columns | totals(columns).carried


@settings(max_examples=25, deadline=None)
@given(st.lists(items, min_size=1, max_size=14), st.sampled_from([1, 2, 7, ALL]))
def test_items_come_as_if_all_were_read_at_once_even_if_their_declaration_is_of_several_months(
    declared: list[dict[str, Any]], at_once: int
) -> None:
    with TemporaryDirectory() as folder:
        lake = of_lake(folder, declared)
        parts = list(newest_items(lake, at_once))
        assert max(map(rows, parts)) <= at_once
        found, expected = joined(parts), in_one_go(lake)
    for name, values in expected.items():
        assert found[name].dtype == values.dtype
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def test_a_lake_of_nothing_has_no_items(tmp_path: Path) -> None:
    assert list(newest_items(Lake(tmp_path), 7)) == []


@pytest.mark.parametrize("at_once", [1, 7])
def test_scores_are_the_same_to_the_last_bit_however_many_items_are_scored_at_a_time(
    house: House, at_once: int
) -> None:
    bundle, history = models.loaded(house.workspace), recalled(house.session, house.lake, silent)
    day = house.lake.items().select(pl.col("customs_date").max()).collect().item()
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        lake.append_items(house.lake.items(since=date(day.year, day.month, 1)).collect())
        whole, *parts = (
            bundle.score(part, history.as_of(part)).expected_revenue
            for size in (ALL, at_once)
            for part in newest_items(lake, size)
        )
    assert len(parts) == -(-len(whole) // at_once) > 10
    assert np.concatenate(parts).tobytes() == whole.tobytes()
