"""The lake of a world that was written to a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from features.intake import ingest
from features.lake import Lake
from features.settings import IntakeSettings

_LATER = datetime(2030, 1, 1, tzinfo=UTC)


def world_lake(folder: Path) -> Lake:
    """Take in the items.parquet and outcomes.parquet of a folder; the lake lies beside them."""
    lake = Lake(folder / "lake")
    ingest(
        [folder / "items.parquet"],
        format="canonical",
        lake=lake,
        quarantine=folder / "quarantine",
        settings=IntakeSettings(),
        now=_LATER,
        outcomes=folder / "outcomes.parquet",
    )
    return lake
