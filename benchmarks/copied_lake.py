"""A lake of many millions of items: copies of a simulated world, each with its own parties."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from features.lake import Lake
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.world_lake import world_lake

DECLARATIONS = 430_000
"""Declarations of the world: a little more than a million items."""

_NAMED = ("declaration_id", "importer_id", "declarant_id", "seller_id")


@contextmanager
def lakes_folder() -> Iterator[Path]:
    """Give a folder for lakes: that named by TAMIZ_BENCHMARK_LAKES, which keeps them, else one for now."""
    if kept := os.environ.get("TAMIZ_BENCHMARK_LAKES"):
        yield Path(kept)
        return
    with TemporaryDirectory(prefix="tamiz-lakes-") as name:
        yield Path(name)


def copied_lake(folder: Path, copies: int) -> Lake:
    """Give the lake in a folder, made if it is not there: the world, and copies of it, month by month."""
    first, root = folder / "one" / "lake", folder / f"copies-{copies}"
    if not first.is_dir():
        simulate(WorldSettings(declarations=DECLARATIONS)).write(folder / "one")
        world_lake(folder / "one")
    if copies == 1:
        return Lake(first)
    if not root.is_dir():
        _copy(Lake(first), Lake(root), copies)
    return Lake(root)


def _copy(one: Lake, many: Lake, copies: int) -> None:
    outcomes = one.outcomes().collect()
    for since, until in one.months():
        items = one.items(since, until).collect()
        for number in range(copies):
            many.append_items(_renamed(items, number))
    for number in range(copies):
        many.append_outcomes(_renamed(outcomes, number))


def _renamed(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    return frame.with_columns(pl.col(name) + f"-{number}" for name in _NAMED if name in frame.columns)
