"""What a history is made of: the rows of the lake with their keys, days, changes and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import KEY
from features import history_measures
from features.history_keys import PartCodes
from features.history_measures import SUMMED, item_numbers
from features.history_parts import PARTS
from features.history_states import Changes, Results, Versions, changes

Index = NDArray[np.signedinteger]

_ITEM = ["declaration_id", "item_no"]
_AT_ONCE = 262_144
"""Rows whose numbers are made at a time, which bounds the memory of what lies between."""


@dataclass(frozen=True)
class Facts:
    """All item versions, one row each: part codes, both days, what changed when, and whole numbers.

    `day` is the effective day, the later of customs_date and known_date.
    """

    parts: PartCodes
    codes: dict[str, Index]
    customs_date: Index
    day: Index
    items: Changes
    labels: Changes
    numbers: dict[str, NDArray[np.float64]]


def gather(items: pl.LazyFrame, outcomes: pl.LazyFrame | None) -> Facts:
    """Read what the history needs of canonical items and outcomes (all versions).

    Memory is the most that a station needs, so columns are let go of as soon as they are made into numbers.
    """
    needed = dict.fromkeys([*KEY, "customs_date", "known_date", *PARTS.values(), *history_measures.FIELDS])
    frame = items.select(list(needed)).collect()
    item = _item_numbers(frame.select(_ITEM))
    results = _results(frame.select(_ITEM).with_columns(pl.Series("item", item)), outcomes)
    frame = frame.drop(_ITEM)
    parts = PartCodes.build(frame)
    codes = parts.codes(frame)
    frame = frame.drop(set(PARTS.values()))
    customs_date, known_date = _days(frame["customs_date"]), _days(frame["known_date"])
    day = np.maximum(customs_date, known_date)
    of_items, of_labels = changes(Versions(item, _whole(frame["version"]), customs_date, day), results)
    return Facts(parts, codes, customs_date, day, of_items, of_labels, _numbers(frame))


def _item_numbers(keys: pl.DataFrame) -> Index:
    """The number of each row's item, equal for its versions."""
    ordered = keys.with_row_index("row").sort(_ITEM)
    numbers = np.empty(len(ordered), np.int64)
    numbers[ordered["row"].to_numpy()] = ordered.select(pl.struct(_ITEM).rle_id()).to_series().to_numpy()
    return numbers


def _results(keys: pl.DataFrame, outcomes: pl.LazyFrame | None) -> Results:
    if outcomes is None:
        nothing = np.empty(0, np.int64)
        return Results(nothing, nothing, nothing, nothing)
    withdrawn = pl.col("withdrawn").cast(pl.Float64).fill_null(0.0) > 0
    said = outcomes.select(
        *_ITEM,
        "version",
        "known_date",
        pl.when(withdrawn)
        .then(-1)
        .otherwise(pl.col("illicit").cast(pl.Float64))
        .fill_null(-1)
        .alias("label"),
    )
    told = keys.lazy().join(said, on=_ITEM, how="semi").unique()
    table = said.join(told, on=_ITEM, how="inner").collect()
    return Results(
        _whole(table["item"]), _whole(table["version"]), _days(table["known_date"]), _whole(table["label"])
    )


def _numbers(frame: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Numbers of `SUMMED`, and 1 as `items`."""
    made = {name: np.empty(frame.height) for name in SUMMED}
    with np.errstate(all="ignore"):
        for start in range(0, frame.height, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            values = {
                name: frame[name][part].fill_null(float("nan")).to_numpy() for name in history_measures.FIELDS
            }
            for name, numbers in item_numbers(values).items():
                if name in made:
                    made[name][part] = numbers
    return made | {"items": np.broadcast_to(1.0, frame.height)}


def _days(series: pl.Series) -> Index:
    return series.to_physical().to_numpy()


def _whole(series: pl.Series) -> Index:
    return series.cast(pl.Int64).to_numpy()
