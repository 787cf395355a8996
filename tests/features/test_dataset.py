"""What models learn from: the version that was inspected, the label known by the day, whole declarations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from features.columns import NAMES, from_records, take, to_frame
from features.dataset import GOODS, Dataset, declared, goods_tuple, labelled, population
from features.history.history import History
from features.recipe import Recipe
from features.reference.tables import KNOWN_NAMES

OUTCOME: dict[str, Any] = {
    "declaration_id": pl.String,
    "item_no": pl.Int64,
    "version": pl.Int64,
    "withdrawn": pl.Float64,
    "known_at": pl.Datetime("us", "UTC"),
    "inspected_at": pl.Datetime("us", "UTC"),
    "selection_reason": pl.String,
    "p_physical": pl.Float64,
    "finding": pl.String,
    "assessed_hs_code": pl.String,
    "illicit": pl.Float64,
    "additional_revenue": pl.Float64,
    "known_date": pl.Date,
}


@dataclass(frozen=True)
class FakeLake:
    """A lake in memory."""

    rows: list[dict[str, Any]]
    results: list[dict[str, Any]]

    def items(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        frame = to_frame(from_records(self.rows).columns).lazy()
        first = frame.group_by("declaration_id").agg(
            pl.col("customs_date").sort_by("version").first().alias("day")
        )
        frame = frame.join(first, on="declaration_id").with_columns(customs_date="day").drop("day")
        if since:
            frame = frame.filter(pl.col("customs_date") >= since)
        return frame.filter(pl.col("customs_date") < until) if until else frame

    def outcomes(self) -> pl.LazyFrame:
        return pl.LazyFrame([dict.fromkeys(OUTCOME) | row for row in self.results], schema=OUTCOME)

    def history(self) -> History:
        return History.build(self.items(), self.outcomes())


def item(name: str, item_no: int, day: str, **more: Any) -> dict[str, Any]:
    goods = {"importer_id": "I", "hs_code": "847130", "origin_country": "CN", "office_id": "O", "cif": 10.0}
    return goods | {"declaration_id": name, "item_no": item_no, "accepted_at": f"{day}T15:00:00Z"} | more


def result(name: str, item_no: int, day: str, **more: Any) -> dict[str, Any]:
    known = datetime.fromisoformat(day).replace(hour=15, tzinfo=UTC)
    said = {"version": 1, "illicit": 0.0, "finding": "none", "selection_reason": "random", "p_physical": 0.1}
    when = {"known_at": known, "inspected_at": known, "known_date": known.date()}
    return {"declaration_id": name, "item_no": item_no} | said | when | more


def names(data: Dataset) -> list[tuple[str, int, int]]:
    return list(
        zip(*(data.columns[name].tolist() for name in ("declaration_id", "item_no", "version")), strict=True)
    )


def test_labels_are_those_known_before_the_day_in_their_newest_version() -> None:
    lake = FakeLake(
        [
            item("A", 1, "2024-01-01"),
            item("B", 1, "2024-01-02"),
            item("C", 1, "2024-01-03"),
            item("D", 1, "2024-01-04"),
        ],
        [
            result("A", 1, "2024-01-05"),
            result("A", 1, "2024-01-07", version=2, illicit=1.0, finding="value", additional_revenue=9.5),
            result("A", 1, "2024-01-20", version=3),
            result("B", 1, "2024-01-06", illicit=1.0, finding="ip"),
            result("B", 1, "2024-01-08", version=2, withdrawn=1.0),
            result("C", 1, "2024-01-10"),
            result("D", 1, "2024-01-09", p_physical=None),
        ],
    )
    data = labelled(lake, lake.history(), until=date(2024, 1, 10))
    assert names(data) == [("A", 1, 1), ("D", 1, 1)]
    assert data.label.tolist() == [1.0, 0.0]
    assert data.finding.tolist() == ["value", "none"]
    assert data.selection_reason.tolist() == ["random", "random"]
    assert data.revenue[0] == 9.5
    assert np.isnan([data.revenue[1], data.p_physical[1]]).all()
    assert data.known_date.tolist() == [19729, 19731]


def test_an_item_is_learned_in_the_version_that_was_inspected() -> None:
    lake = FakeLake(
        [
            item("A", 1, "2024-01-01"),
            item("A", 1, "2024-01-03", version=2, cif=20.0),
            item("A", 1, "2024-01-09", version=3, cif=500.0),
            item("B", 1, "2024-01-01", known_at="2024-01-08T15:00:00Z"),
        ],
        [result("A", 1, "2024-01-05", illicit=1.0), result("B", 1, "2024-01-05")],
    )
    data = labelled(lake, lake.history(), until=date(2024, 2, 1))
    assert names(data) == [("A", 1, 2), ("B", 1, 1)]
    assert data.columns["cif"].tolist() == [20.0, 10.0]


def test_an_item_is_declared_in_the_newest_version_of_its_own_day_else_in_the_first() -> None:
    lake = FakeLake(
        [
            item("A", 1, "2024-01-01"),
            item("A", 1, "2024-01-01", version=2, cif=20.0),
            item("A", 1, "2024-01-09", version=3, cif=500.0),
            item("B", 1, "2024-01-01", known_at="2024-01-08T15:00:00Z"),
            item("B", 1, "2024-01-09", version=2, cif=500.0),
        ],
        [result("A", 1, "2024-01-05", illicit=1.0)],
    )
    data = declared(lake, lake.history())
    assert names(data) == [("A", 1, 2), ("B", 1, 1)]
    assert data.columns["cif"].tolist() == [20.0, 10.0]
    assert data.label[0] == 1.0
    assert np.isnan(data.label[1])


def test_totals_count_items_of_the_declaration_that_nobody_inspected() -> None:
    lake = FakeLake(
        [
            item("A", 1, "2024-01-01", cif=30.0),
            item("A", 2, "2024-01-01", cif=70.0),
            item("B", 1, "2024-01-02"),
        ],
        [result("A", 2, "2024-01-05"), result("B", 1, "2024-01-05")],
    )
    data = labelled(lake, lake.history(), until=date(2024, 2, 1))
    assert data.columns["declaration_items"].tolist() == [2, 1]
    assert data.columns["declaration_cents"].tolist() == [10_000, 1_000]
    recipe = Recipe.fit(data.columns)
    share = recipe.matrix(data.columns, data.history)[:, recipe.names.index("declaration_share")]
    assert share.tolist() == [0.7, 1.0]


def test_history_stands_beside_each_item_as_of_its_own_day() -> None:
    lake = FakeLake([item("A", 1, "2024-01-01"), item("B", 1, "2024-01-09")], [result("A", 1, "2024-01-05")])
    data = population(
        lake,
        lake.history(),
        since=date(2024, 1, 1),
        until=date(2024, 2, 1),
        sample=9,
        rng=np.random.default_rng(0),
    )
    assert data.history["importer.known"].tolist() == [0, 1]
    assert tuple(data.history) == KNOWN_NAMES
    assert np.isnan(data.label).tolist() == [False, True]


@pytest.mark.parametrize("sample", [1, 10, 40, 1000])
def test_the_population_is_drawn_by_whole_declarations_and_by_the_seed(sample: int) -> None:
    rows = [
        item(f"X{number}", each, "2024-01-05") for number in range(30) for each in range(1, number % 4 + 2)
    ]
    lake = FakeLake(
        [*rows, item("old", 1, "2023-12-31"), item("late", 1, "2024-01-05", known_at="2024-03-01")], []
    )
    history = lake.history()

    def draw(seed: int) -> Dataset:
        rng = np.random.default_rng(seed)
        return population(
            lake, history, since=date(2024, 1, 1), until=date(2024, 2, 1), sample=sample, rng=rng
        )

    data, again, other = draw(1), draw(1), draw(2)
    assert names(data) == names(again)
    assert min(sample, len(rows)) <= len(data) <= sample + 3
    assert (names(data) != names(other)) == (sample < len(rows))
    kept = np.unique(data.columns["declaration_id"].tolist(), return_counts=True)
    assert {name: int(name[1:]) % 4 + 1 for name in kept[0].tolist()} == dict(
        zip(*map(np.ndarray.tolist, kept), strict=True)
    )


def test_rows_can_be_chosen_and_columns_are_canonical() -> None:
    lake = FakeLake([item("A", 1, "2024-01-01"), item("B", 1, "2024-01-02")], [result("B", 1, "2024-01-05")])
    every = population(
        lake,
        lake.history(),
        since=date(2024, 1, 1),
        until=date(2024, 2, 1),
        sample=9,
        rng=np.random.default_rng(0),
    )
    assert set(NAMES) < set(every.columns)
    assert len(every) == 2
    assert names(every.take(every.label == 0.0)) == [("B", 1, 1)]
    canonical = from_records(lake.rows).columns
    for name in NAMES:
        assert every.columns[name].dtype == canonical[name].dtype


def test_a_lake_without_outcomes_gives_no_labelled_item() -> None:
    lake = FakeLake([item("A", 1, "2024-01-01")], [])
    assert len(labelled(lake, lake.history(), until=date(2024, 2, 1))) == 0


def test_goods_tuples_are_equal_where_all_their_fields_are() -> None:
    first = {"hs_code": "847130", "origin_country": "CN", "tax_rate_pct": 6.0, "net_kg": 3.0}
    columns = from_records([first, first | {"net_kg": 4.0}, first, first | {"tax_type": "A"}]).columns
    assert goods_tuple(columns).tolist() == [0, 1, 0, 2]
    assert goods_tuple(take(columns, slice(0, 0))).tolist() == []
    assert set(GOODS) <= set(columns)
