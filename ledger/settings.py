"""Settings of the ledger."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

URL_VARIABLE = "TAMIZ_LEDGER_URL"
"""Environment variable with the URL: it is in no dump of the settings, since a password may stand in it."""

KEYS_URL_VARIABLE = "TAMIZ_LEDGER_KEYS_URL"
"""The same of the subject keys, which lie apart from the ledger so that they are backed up apart."""


class LedgerSettings(BaseSettings):
    """How the ledger queues, groups and waits.

    >>> LedgerSettings().batch
    512
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_LEDGER_", extra="forbid", frozen=True)

    url: SecretStr | None = Field(
        None, exclude=True, description="PostgreSQL for several machines; null: a file in the workspace"
    )
    keys_url: SecretStr | None = Field(
        None,
        exclude=True,
        description="PostgreSQL of the subject keys, for several machines; null: a file in the workspace",
    )
    queue: int = Field(
        4096,
        ge=1,
        le=1_000_000,
        description="records that may wait for their commit; more are refused at once",
    )
    batch: int = Field(512, ge=1, le=10_000, description="records committed together at most")
    busy_seconds: float = Field(
        2.0,
        ge=0.05,
        le=60,
        description="how long another process may hold the file, or PostgreSQL may take, before a commit is "
        "given up",
    )
    heads: Path | None = Field(
        None,
        description="second place for the signed heads, in other hands than the ledger: a folder on another "
        "machine; null: none",
    )
    seal_seconds: float = Field(
        1.0, ge=0.05, le=3600, description="after how long records are sealed by a signed head"
    )
    key_cache: int = Field(100_000, ge=1, description="data keys of subjects kept in memory")
