"""The lake of a small world, of all its rows or of those known by a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from features.lake import Lake
from features.outcome_columns import OUTCOME_SCHEMA
from tests.features.history_reference import World


def filled(root: Path, world: World, known_before: date | None = None) -> Lake:
    """Give a lake with the rows of a world; rows that are there already add nothing."""
    lake = Lake(root)
    items, outcomes = world.item_frame(), world.outcome_frame()
    if known_before is not None:
        items = items.filter(pl.max_horizontal("customs_date", "known_date") < known_before)
        outcomes = outcomes.filter(pl.col("known_date") < known_before)
    lake.append_items(items.collect())
    lake.append_outcomes(_whole(outcomes))
    return lake


def _whole(frame: pl.LazyFrame) -> pl.DataFrame:
    said = {"finding": pl.lit("other"), "selection_reason": pl.lit("random"), "lane": pl.lit("red")}
    moments = {
        name: pl.col("known_date").cast(pl.Datetime("us", "UTC"))
        for name in ("known_at", "inspected_at", "result_at")
    }
    given = frame.with_columns(**said, **moments).collect()
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in OUTCOME_SCHEMA.items() if name not in given]
    return given.with_columns(absent).select(list(OUTCOME_SCHEMA))
