"""A synthetic world of imports: what the platform sees of it, and the truth kept apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from simulation.course import begin
from simulation.errors import WorldError
from simulation.month import live
from simulation.references import references
from simulation.settings import WorldSettings

Progress = Callable[[str, int, int], None]


def silent(label: str, done: int, total: int) -> None:
    """Shows no progress."""


@dataclass(frozen=True)
class World:
    """Items and outcomes as the platform sees them, and the truth of each item.

    `items` and `outcomes` have the canonical columns; items are sorted by accepted_at, amendments are
    versions 2. `truth` has one row an item (version 1).

    >>> world = simulate(WorldSettings(declarations=300, months=3))
    >>> world.items["declaration_id"].n_unique(), "illicit" in world.items.columns
    (300, False)
    """

    settings: WorldSettings
    items: pl.DataFrame
    outcomes: pl.DataFrame
    truth: pl.DataFrame

    def references(self) -> dict[str, pl.DataFrame]:
        """Reference tables by kind: what an administration could know of the world beside its own files."""
        return references(self.settings, self.items, self.outcomes)

    def write(self, folder: Path) -> None:
        """Writes items, outcomes (Parquet), reference tables (CSV) and world.json (the settings).

        The truth goes apart from them.
        """
        try:
            (folder / "truth").mkdir(parents=True, exist_ok=True)
            (folder / "references").mkdir(exist_ok=True)
            for name, table in self.references().items():
                table.write_csv(folder / "references" / f"{name}.csv")
            self.items.write_parquet(folder / "items.parquet")
            self.outcomes.write_parquet(folder / "outcomes.parquet")
            self.truth.write_parquet(folder / "truth" / "truth.parquet")
            (folder / "world.json").write_text(json.dumps(self._about(), indent=2) + "\n")
        except OSError as error:
            raise WorldError(
                f"the world cannot be written: {error.strerror}",
                remedy="name a folder with room that can be written",
            ) from error

    def _about(self) -> dict[str, object]:
        return {
            "settings": self.settings.model_dump(mode="json"),
            "items": self.items.height,
            "outcomes": self.outcomes.height,
        }


def simulate(settings: WorldSettings, progress: Progress = silent) -> World:
    """The world of these settings, month by month; the same settings give the same frames."""
    course, months = begin(settings), []
    for month in range(settings.months):
        progress("simulate", month, settings.months)
        months.append(live(course, month))
    progress("simulate", settings.months, settings.months)
    return World(
        settings=settings,
        items=pl.concat([frames.items for frames in months], rechunk=False),
        outcomes=pl.concat([frames.outcomes for frames in months], rechunk=False),
        truth=pl.concat([frames.truth for frames in months], rechunk=False),
    )
