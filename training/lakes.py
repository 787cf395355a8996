"""Lakes in memory: some items and outcomes of other lakes, for a look at the past that leaves things out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import KEY
from features.columns import Columns, from_frame
from features.dataset import GOODS, goods_tuple
from features.declaration_lake import DeclarationLake
from features.outcome_columns import OUTCOME_SCHEMA


@dataclass(frozen=True)
class FrameLake:
    """Items and outcomes as frames; a DeclarationLake.

    >>> FrameLake.of().outcomes().collect().height
    0
    """

    item_frames: tuple[pl.LazyFrame, ...]
    outcome_frames: tuple[pl.LazyFrame, ...]

    @classmethod
    def of(cls, *lakes: DeclarationLake, outcomes: tuple[pl.LazyFrame, ...] = ()) -> FrameLake:
        """Give a lake of the items of some lakes, and of the outcomes that are named, and no other."""
        return cls(tuple(lake.items() for lake in lakes), outcomes)

    def items(self, since: date | None = None, until: date | None = None) -> pl.LazyFrame:
        """Give the items with customs_date in [since, until), a key once."""
        frame = pl.concat(self.item_frames, how="vertical_relaxed").unique(KEY, keep="first")
        if since is not None:
            frame = frame.filter(pl.col("customs_date") >= since)
        return frame if until is None else frame.filter(pl.col("customs_date") < until)

    def outcomes(self) -> pl.LazyFrame:
        """Give the outcomes, a key once."""
        frames = self.outcome_frames or (pl.LazyFrame(schema=OUTCOME_SCHEMA),)
        return pl.concat(frames, how="vertical_relaxed").unique(KEY, keep="first")


def without_goods(lake: DeclarationLake, test: Columns, day: date) -> FrameLake:
    """Give a lake without the items before `day` that share their goods tuple with an item of `test`.

    Their outcomes go with them: an outcome without its item counts nowhere.
    """
    frame = lake.items().collect()
    before = frame.filter(pl.col("customs_date") < day)
    columns = _goods(from_frame(before), test)
    groups = goods_tuple(columns)
    kept = ~np.isin(groups[: before.height], groups[before.height :])
    rest = frame.filter(pl.col("customs_date") >= day)
    return FrameLake((before.filter(pl.Series(kept)).lazy(), rest.lazy()), (lake.outcomes(),))


def _goods(one: Columns, other: Columns) -> dict[str, NDArray[np.object_]]:
    return {name: np.concatenate([one[name], other[name]]) for name in GOODS}
