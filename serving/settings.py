"""Settings of the decision service: limits, deadlines and how often it looks for something new."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServingSettings(BaseSettings):
    """What the service takes in, how long it waits, how much it explains.

    >>> ServingSettings().max_items
    100
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_SERVING_", extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="address to listen on; beyond loopback put TLS in front")
    port: int = Field(3000, ge=1, le=65535, description="port to listen on")
    workers: int = Field(1, ge=1, le=64, description="server processes")
    max_body_bytes: int = Field(262_144, ge=1_024, le=2_097_152, description="largest request body, in bytes")
    max_items: int = Field(100, ge=1, le=999, description="most goods items in one declaration")
    max_batch: int = Field(10_000, ge=1, le=1_000_000, description="most declarations in one batch")
    max_outcomes: int = Field(500, ge=1, le=10_000, description="most outcomes in one request")
    body_seconds: float = Field(5.0, gt=0, le=60, description="longest a request body may take to arrive")
    answer_seconds: float = Field(10.0, gt=0, le=120, description="longest a request may take in all")
    model_seconds: float = Field(
        2.0, gt=0, le=120, description="time from arrival after which rules and the random draw decide alone"
    )
    max_in_flight: int = Field(
        256, ge=1, le=10_000, description="requests at once in one process, their bodies still coming or not"
    )
    max_at_work: int = Field(
        32, ge=1, le=10_000, description="requests at work at once in one process; more are refused at once"
    )
    top_reasons: int = Field(8, ge=1, le=50, description="reasons given for each item")
    watch_seconds: float = Field(
        0.5, gt=0, le=60, description="time between looks for a new model or profiles"
    )
    load_seconds: float = Field(60.0, gt=0, le=600, description="longest the check of a new model may take")
    profile_days: int = Field(
        7, ge=1, le=365, description="age of profiles, in days, from which they degrade"
    )
