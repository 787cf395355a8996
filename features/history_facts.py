"""What a history is made of: the rows of the lake with their days, changes and measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import KEY
from features import history_measures
from features.history_measures import item_measures, item_numbers
from features.history_parts import PARTS
from features.history_states import Changes, Results, Versions, changes

Index = NDArray[np.int64]

_ITEM = ["declaration_id", "item_no"]


@dataclass(frozen=True)
class Book:
    """Rows of all item versions: key fields, unit value, both days, changes and integer measures."""

    frame: pl.DataFrame
    unit_value: NDArray[np.float64]
    customs_date: Index
    day: Index
    items: Changes
    labels: Changes
    measures: dict[str, Index]


def gather(items: pl.LazyFrame, outcomes: pl.LazyFrame | None) -> Book:
    """Read what the history needs of canonical items and outcomes (all versions), in the items' order."""
    needed = dict.fromkeys([*KEY, "customs_date", "known_date", *PARTS.values(), *history_measures.FIELDS])
    frame = items.select(list(needed)).sort(*KEY).collect()
    frame = frame.with_columns(frame.select(pl.struct(_ITEM).rle_id()).to_series().alias("item"))
    customs_date, known_date = _days(frame["customs_date"]), _days(frame["known_date"])
    day = np.maximum(customs_date, known_date)
    versions = Versions(_whole(frame["item"]), _whole(frame["version"]), customs_date, day)
    of_items, of_labels = changes(versions, _results(frame, outcomes))
    values = {name: frame[name].fill_null(float("nan")).to_numpy() for name in history_measures.FIELDS}
    with np.errstate(all="ignore"):
        numbers = item_numbers(values)
    kept = frame.select(list(dict.fromkeys(PARTS.values())))
    return Book(kept, numbers["uv"], customs_date, day, of_items, of_labels, item_measures(numbers))


def _results(frame: pl.DataFrame, outcomes: pl.LazyFrame | None) -> Results:
    if outcomes is None:
        nothing = np.empty(0, np.int64)
        return Results(nothing, nothing, nothing, nothing)
    items = frame.lazy().select(*_ITEM, pl.col("item").cast(pl.Int64)).unique()
    withdrawn = pl.col("withdrawn").cast(pl.Float64).fill_null(0.0) > 0
    table = (
        outcomes.select(
            *_ITEM,
            "version",
            "known_date",
            pl.when(withdrawn)
            .then(-1)
            .otherwise(pl.col("illicit").cast(pl.Float64))
            .fill_null(-1)
            .alias("label"),
        )
        .join(items, on=_ITEM, how="inner")
        .collect()
    )
    return Results(
        _whole(table["item"]), _whole(table["version"]), _days(table["known_date"]), _whole(table["label"])
    )


def _days(series: pl.Series) -> Index:
    return _whole(series.to_physical())


def _whole(series: pl.Series) -> Index:
    return series.cast(pl.Int64).to_numpy()
