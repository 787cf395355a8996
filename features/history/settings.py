"""Settings of history and recipe: how much at a time, and what a vocabulary takes in."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class HistorySettings(BaseSettings):
    """Settings of the histories and of the recipe; `configs/history.yaml` holds them at their defaults.

    Windows and ages are no settings: they are part of what a name of the history means
    (`features.history.entities`).

    >>> HistorySettings().strength
    20.0
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_HISTORY_", extra="forbid", frozen=True)

    chunk_rows: int = Field(
        default=16_384,
        ge=1,
        le=10_000_000,
        description="rows that are read at a time, but for those of one day",
    )
    vocabulary_size: int = Field(
        default=250, ge=1, le=10_000, description="most codes of one field that the recipe tells apart"
    )
    vocabulary_min_count: int = Field(
        default=30, ge=1, le=1_000_000, description="rows below which a code counts as rare"
    )
    strength: float = Field(
        default=20.0, gt=0, le=10_000, description="outcomes that the prior rate weighs, where none is fitted"
    )
    scheduler: str = Field(
        default="",
        description="where backfills are made and files scored: pool for several processes of this machine, "
        "else the address of a Dask scheduler whose workers see the same files; empty: in one process",
    )
