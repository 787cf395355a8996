"""The items of a lake in their newest version, some at a time, as columns that can be scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import polars as pl

from customs.declaration import KEY
from features.columns import Columns, from_frame
from features.definitions.declaration import CARRIED, totals
from features.lake import Lake

_ORDER = ("customs_date", "declaration_id", "item_no")


Month = tuple[date, date]
"""The first day of a month, and that of the month that follows."""


def newest_items(lake: Lake, at_once: int, months: Sequence[Month] | None = None) -> Iterator[Columns]:
    """Give each item in its newest version, by customs_date, declaration_id and item_no, `at_once` at most.

    Of some months, where these are named. Rows carry the totals of their declarations, wherever else in the
    lake the rest of a declaration stands.
    """
    for since, until in lake.months() if months is None else months:
        keys = _keys(lake, since, until)
        for start in range(0, keys.height, at_once):
            part = keys[start : start + at_once]
            frame = (
                lake.items(since, until)
                .join(part.lazy().select(KEY), on=KEY, how="semi")
                .sort(_ORDER)
                .collect(engine="streaming")
            )
            yield from_frame(frame) | {name: part[name].to_numpy() for name in CARRIED}


def _keys(lake: Lake, since: date, until: date) -> pl.DataFrame:
    """Keys of the newest versions with customs_date in [since, until), and totals of their declarations."""
    named = lake.items(since, until).select("declaration_id").unique()
    frame = (
        lake.items()
        .select(*KEY, "customs_date", "cif", "hs_code")
        .join(named, on="declaration_id", how="semi")
        .sort("version", descending=True)
        .unique(["declaration_id", "item_no"], keep="first", maintain_order=True)
        .sort(_ORDER)
        .collect(engine="streaming")
    )
    whole = totals(
        {
            "declaration_id": np.array(frame["declaration_id"].to_list(), object),
            "hs_code": np.array(frame["hs_code"].to_list(), object),
            "cif": frame["cif"].fill_null(float("nan")).to_numpy(),
        }
    )
    carried = [pl.Series(name, values) for name, values in whole.carried.items()]
    mine = pl.col("customs_date").is_between(since, until, closed="left")
    return frame.select(*KEY, "customs_date", *carried).filter(mine)
