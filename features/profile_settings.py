"""Settings of the profile store: which one it is, and how long it is waited for."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from features.redis_url import RedisUrl

URL_VARIABLE = "TAMIZ_PROFILES_URL"
"""Environment variable with the URL: it is in no dump of the settings, since a password may stand in it."""


class ProfileSettings(BaseSettings):
    """Where the service looks history values up: in the workspace's own folders, or in a Redis beside them.

    >>> ProfileSettings(url="redis://tamiz:secret@127.0.0.1/0").url
    SecretStr('**********')
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_PROFILES_", extra="forbid", frozen=True)

    url: RedisUrl | None = Field(
        None, exclude=True, description="Redis with the profiles; null: LMDB in the workspace"
    )
    seconds: float = Field(
        0.05, ge=0.001, le=10, description="longest wait for Redis to connect, and for each reply"
    )
