"""What models learn from: items with their history values, and the labels known by a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.random import Generator
from numpy.typing import NDArray

from customs.declaration import FIELD, KEY
from features.columns import SCHEMA, Columns, from_frame, take
from features.declaration_lake import DeclarationLake
from features.definitions.declaration import totals
from features.distinct import distinct, numbered
from features.local_time import next_month

GOODS: tuple[str, ...] = (
    "hs_code",
    "departure_country",
    "origin_country",
    "tax_rate_pct",
    "tax_type",
    "net_kg",
)
"""Fields that make a goods tuple: rows that agree in all of them are told apart by chance only."""

_ITEM = ("declaration_id", "item_no")


class Remembering(Protocol):
    """Answers what was known of rows on their days, as a history does."""

    def as_of(self, columns: Columns) -> Columns:
        """Give the history and reference values of each row as of its customs_date."""
        ...


@dataclass(frozen=True)
class Dataset:
    """Items, one row each, with what was found in them.

    `columns` carry the totals of whole declarations, so that rows may be left out. `history` holds the values
    as of each item's customs_date. `label` is 1 illicit, 0 not, NaN without a known outcome; `revenue` the
    additional revenue and `p_physical` the probability of a physical inspection (NaN where missing);
    `finding`, `selection_reason` and `assessed_hs_code` (the code found instead) are text or None;
    `known_date` is the local day on which the label was known (int32 days, the least int32 without one).
    """

    columns: Columns
    history: Columns
    label: NDArray[np.float64]
    revenue: NDArray[np.float64]
    finding: NDArray[np.object_]
    known_date: NDArray[np.int32]
    p_physical: NDArray[np.float64]
    selection_reason: NDArray[np.object_]
    assessed_hs_code: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, index: NDArray[Any] | slice) -> Dataset:
        """Give the rows named by an index array, a mask or a slice."""
        arrays = (
            *("label", "revenue", "finding", "known_date", "p_physical", "selection_reason"),
            "assessed_hs_code",
        )
        chosen = {name: getattr(self, name)[index] for name in arrays}
        return replace(self, columns=take(self.columns, index), history=take(self.history, index), **chosen)

    def without_history(self) -> Dataset:
        """Give the same rows without their history values, which may be too many to copy."""
        return replace(self, history={})


def labelled(lake: DeclarationLake, history: Remembering, *, until: date) -> Dataset:
    """Give the items whose newest outcome known before `until` is not withdrawn, by customs_date.

    An item stands in the version that was inspected: the newest known by then, not one amended after the
    finding, which would tell the label.
    """
    outcomes = _outcomes(lake, until)
    items = lake.items(until=until).filter(pl.col("known_date") < until)
    inspected = outcomes.select("declaration_id", "inspected").unique()
    dated = items.select(*KEY, "known_at", "customs_date").join(inspected, on="declaration_id", how="inner")
    chosen = _version(dated, late=pl.col("known_at") > pl.col("inspected"))
    return _dataset(lake, chosen, outcomes, history, labelled_only=True)


def declared(lake: DeclarationLake, history: Remembering) -> Dataset:
    """Give all items as they stood on the day they were declared, with the newest outcomes.

    That is what could be scored: an amendment of a later day may be the answer to what was found.
    """
    dated = lake.items().select(*KEY, "known_date", "customs_date")
    chosen = _version(dated, late=pl.col("known_date") > pl.col("customs_date"))
    return _dataset(lake, chosen, _outcomes(lake, date.max), history, labelled_only=False)


def population(
    lake: DeclarationLake, history: Remembering, *, since: date, until: date, sample: int, rng: Generator
) -> Dataset:
    """Give items of customs_date in [since, until), inspected or not.

    They stand in their newest version known before `until`, with the outcomes known before it. Whole
    declarations are drawn at random until there are `sample` items or a little more; all if there are fewer.
    """
    items = lake.items(since=since, until=until).filter(pl.col("known_date") < until)
    newest = (
        items.select(*KEY, "customs_date")
        .sort("version", descending=True)
        .unique(_ITEM, keep="first", maintain_order=True)
    )
    counts = newest.group_by("declaration_id").len().sort("declaration_id").collect()
    order = rng.permutation(len(counts))
    before = np.cumsum(counts["len"].to_numpy()[order]) - counts["len"].to_numpy()[order]
    drawn = counts[np.sort(order[before < sample])].lazy().select("declaration_id")
    whole = newest.join(drawn, on="declaration_id", how="semi")
    return _dataset(lake, whole, _outcomes(lake, until), history, labelled_only=False)


def goods_tuple(columns: Columns) -> NDArray[np.int64]:
    """Give the number of each row's goods tuple, in order of first appearance.

    >>> names = dict.fromkeys(GOODS, np.array(["a", "a", None], object))
    >>> goods_tuple(names | {"net_kg": np.array([1.0, np.nan, np.nan])}).tolist()
    [0, 1, 2]
    """
    parts = [_without_nan(columns[name]) for name in GOODS]
    return np.array(numbered(zip(*parts, strict=True)), np.int64)


def _version(versions: pl.LazyFrame, *, late: pl.Expr) -> pl.LazyFrame:
    """One version of each item: the newest that is not late, the first where all are."""
    return (
        versions.with_columns(late=late)
        .sort("late", pl.when("late").then("version").otherwise(-pl.col("version")))
        .unique(_ITEM, keep="first", maintain_order=True)
    )


def _outcomes(lake: DeclarationLake, until: date) -> pl.LazyFrame:
    """Newest outcome of each item known before `until`, if not withdrawn; and when the goods were seen."""
    first = pl.col("inspected_at").fill_null(pl.col("known_at")).min().over("declaration_id")
    return (
        lake.outcomes()
        .filter(pl.col("known_date") < until)
        .with_columns(inspected=first)
        .sort("version", descending=True)
        .unique(_ITEM, keep="first", maintain_order=True)
        .filter(~(pl.col("withdrawn").cast(pl.Float64).fill_null(0.0) > 0))
        .select(
            *_ITEM,
            "inspected",
            "selection_reason",
            "finding",
            "assessed_hs_code",
            pl.col("illicit").cast(pl.Float64),
            pl.col("additional_revenue", "p_physical").cast(pl.Float64),
            pl.col("known_date").alias("label_date"),
        )
    )


def _dataset(
    lake: DeclarationLake,
    chosen: pl.LazyFrame,
    outcomes: pl.LazyFrame,
    history: Remembering,
    *,
    labelled_only: bool,
) -> Dataset:
    frame = _read(lake, chosen.select(*KEY, "customs_date").collect(), outcomes.drop("inspected").collect())
    columns = _columns(frame)
    columns |= totals(columns).carried
    outcome = frame.select(
        *("illicit", "additional_revenue", "finding", "label_date", "p_physical", "selection_reason"),
        "assessed_hs_code",
    )
    del frame
    if labelled_only:
        rows = np.flatnonzero(outcome["illicit"].is_not_null().to_numpy())
        columns, outcome = take(columns, rows), outcome[rows]
    return Dataset(
        columns,
        history.as_of(columns),
        _floats(outcome["illicit"]),
        _floats(outcome["additional_revenue"]),
        _texts(outcome["finding"]),
        outcome["label_date"].to_physical().fill_null(np.iinfo(np.int32).min).to_numpy(),
        _floats(outcome["p_physical"]),
        _texts(outcome["selection_reason"]),
        _texts(outcome["assessed_hs_code"]),
    )


def _read(lake: DeclarationLake, chosen: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Rows of the chosen items by customs_date, with their outcomes.

    A month at a time: polars reads far ahead, and would hold most of a lake for a few of its rows.
    """
    firsts = chosen["customs_date"].dt.month_start().unique().sort().to_list()
    months = [lake.items(first, next_month(first)) for first in firsts]
    parts = [
        items.select(list(SCHEMA))
        .join(chosen.lazy(), on=KEY, how="semi")
        .join(outcomes.lazy(), on=_ITEM, how="left")
        .sort("customs_date", *KEY)
        .collect()
        for items in months or [lake.items().clear()]
    ]
    return pl.concat(parts)


def _columns(frame: pl.DataFrame) -> Columns:
    """Columns whose equal texts are one object, which a million rows need to stay small."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and name in FIELD]
    columns = from_frame(frame.with_columns(pl.lit(None, pl.String).alias(name) for name in texts))
    return columns | {name: _texts(frame[name]) for name in texts}


def _texts(series: pl.Series) -> NDArray[np.object_]:
    texts, places = distinct(series)
    return np.array(texts, dtype=object)[places]


def _floats(series: pl.Series) -> NDArray[np.float64]:
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()


def _without_nan(values: NDArray[Any]) -> list[object]:
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124
