"""The lake and the reference tables of a world that was written to a folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from features.intake import ingest
from features.lake import Lake
from features.reference.intake import add
from features.reference.kinds import KIND
from features.reference.store import ReferenceStore
from features.reference.tables import Tables
from features.reference.token import Tokens
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


def world_tables(folder: Path) -> Tables:
    """Take in the reference tables of a folder; they lie beside the lake."""
    store = ReferenceStore(folder / "sources")
    for file in sorted((folder / "references").glob("*.csv")):
        add(
            file,
            KIND[file.stem],
            store,
            quarantine=folder / "quarantine",
            settings=IntakeSettings(),
            now=_LATER,
            tokens=Tokens(b"k" * 32),
        )
    return Tables.of(store, IntakeSettings().valuation_currency)
