"""A simulated world, and the model that training makes of what was known of it before its last day."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from benchmarks.shown import Kept
from features.dataset import Dataset, labelled, population
from features.history.history import History
from features.lake import Lake
from features.local_time import days_of
from features.settings import IntakeSettings
from scoring.bundle import Bundle, load
from scoring.signature import KeyRing, RegisteredKey
from scoring.signing_key import SigningKey
from simulation.settings import WorldSettings
from simulation.world import World, simulate
from tests.world_lake import world_lake, world_tables
from training.commission import Commission, Place
from training.settings import TrainingSettings
from training.train import TrainResult, train

TRIALS = 8
"""Finished trials of the risk study, as `tamiz demo` has them; all else is at its default."""

_STAMP = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TrainedWorld:
    """A world, the lake of what was known of it on the morning of `today`, and the model learnt from that."""

    world: World
    lake: Lake
    history: History
    today: date
    settings: TrainingSettings
    result: TrainResult
    bundle: Bundle

    @property
    def test_from(self) -> date:
        """The first day of the final test part."""
        return date.fromisoformat(self.bundle.card["evaluation_data"]["from"])

    def held(self) -> Dataset:
        """Give every item of the final test part, inspected or not."""
        rng = np.random.default_rng(0)
        return population(
            self.lake, self.history, since=self.test_from, until=self.today, sample=10**9, rng=rng
        )

    def judged(self) -> Dataset:
        """Give the inspected items of the final test part whose label was known by `today`."""
        known = labelled(self.lake, self.history, until=self.today)
        return known.take(known.columns["customs_date"] >= days_of(self.test_from))

    def learnt_from(self) -> Dataset:
        """Give the items whose label was known when the final test part started."""
        return labelled(self.lake, self.history, until=self.test_from)


def trained_world(
    world_settings: WorldSettings, folder: Path, settings: TrainingSettings | None = None
) -> TrainedWorld:
    """Simulate, take in what was known before the world's last day, train; all of it in `folder`."""
    settings = settings or TrainingSettings(trials=TRIALS)
    world = simulate(world_settings)
    today = last_day(world)
    lake = taken(world, today, folder)
    history = History.of(lake, tables=world_tables(folder))
    key = SigningKey.create()
    place = Place(folder / "bundles", folder / "mlruns", folder / "reports")
    commission = Commission(
        until=today,
        study="benchmark",
        resume=False,
        fingerprint=lake.fingerprint(),
        code_version="benchmark",
        now=_STAMP,
        clock=time.monotonic,
    )
    result = train(lake, history, settings, place, key, commission=commission)
    bundle = load(result.bundle.path, KeyRing((RegisteredKey("trainer", "trainer", key.public_key),)))
    return TrainedWorld(world, lake, history, today, settings, result, bundle)


def by_seed(
    figures: Callable[[TrainedWorld], Kept],
    seeds: Sequence[int],
    worlds: WorldSettings | None,
    settings: TrainingSettings | None,
) -> dict[str, object]:
    """Give the figures of the trained world of each seed."""
    found: dict[str, object] = {}
    for seed in seeds:
        world = (worlds or WorldSettings()).model_copy(update={"seed": seed})
        with TemporaryDirectory(prefix="tamiz-world-") as folder:
            found[f"seed {seed}"] = figures(trained_world(world, Path(folder), settings))
    return found


def last_day(world: World) -> date:
    """Give the day of a world's newest item."""
    newest: Any = _days(world.items).max()
    return date.fromisoformat(newest.isoformat())


def _days(items: pl.DataFrame) -> pl.Series:
    return items["accepted_at"].dt.convert_time_zone(IntakeSettings().time_zone).dt.date()


def taken(world: World, today: date, folder: Path) -> Lake:
    """A lake of what was known on the morning of `today`."""
    zone = ZoneInfo(IntakeSettings().time_zone)
    morning = datetime.combine(today, clock_time(0), zone).astimezone(UTC)
    known = pl.col("known_at") < morning
    world.items.filter((_days(world.items) < today) & known).write_parquet(folder / "items.parquet")
    world.outcomes.filter(known).write_parquet(folder / "outcomes.parquet")
    (folder / "references").mkdir(exist_ok=True)
    for name, table in world.references().items():
        table.write_csv(folder / "references" / f"{name}.csv")
    return world_lake(folder)
