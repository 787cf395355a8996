"""A small world, taken in as files are, once for all tests of training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from features.history.history import History
from features.lake import Lake
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.world_lake import world_lake
from training.commission import Place


@dataclass(frozen=True)
class SmallWorld:
    """A lake of a simulated year, its history, and the day after the last outcome is known."""

    lake: Lake
    history: History
    until: date


def world_in(folder: Path, *, null: bool) -> SmallWorld:
    world = simulate(
        WorldSettings(
            declarations=3000, months=12, legacy_share=0.5, random_share=0.1, seed=5, null_world=null
        )
    )
    world.write(folder / "world")
    lake = world_lake(folder / "world")
    last: date = lake.outcomes().select("known_date").max().collect().item()
    return SmallWorld(lake, History.build(lake.items(), lake.outcomes()), last)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    return world_in(tmp_path_factory.mktemp("world"), null=False)


@pytest.fixture(scope="session")
def null_world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    return world_in(tmp_path_factory.mktemp("null"), null=True)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Where all tests train to: making an MLflow store takes seconds."""
    folder = tmp_path_factory.mktemp("workspace")
    return Place(folder / "bundles", folder / "mlruns", folder / "reports")
