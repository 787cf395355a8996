"""One world of the default size, shared by the tests that count."""

from __future__ import annotations

import polars as pl
import pytest

from simulation.settings import WorldSettings
from simulation.world import World, simulate


@pytest.fixture(scope="session")
def world() -> World:
    return simulate(WorldSettings(declarations=20_000, seed=11))


@pytest.fixture(scope="session")
def joined(world: World) -> pl.DataFrame:
    """First versions of the items with their truth, and what is usual for the declared goods."""
    keys = ["declaration_id", "item_no"]
    items = world.items.filter(pl.col("version") == 1).join(world.truth, on=keys, validate="1:1")
    honest = pl.col("mechanism") == "none"
    value, package = (pl.col("cif") / pl.col("net_kg")).log(), (pl.col("net_kg") / pl.col("packages")).log()
    hs6 = pl.col("hs_code").str.slice(0, 6)
    return items.with_columns(
        hs6=hs6,
        low_price=value - value.filter(honest).mean().over(["origin_country", hs6]),
        light_package=package - package.filter(honest).mean().over([hs6, "transport_mode"]),
    )
