"""Settings of the profile store: which one it is, and how long it is waited for."""

from __future__ import annotations

import re

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

URL_VARIABLE = "TAMIZ_PROFILES_URL"
"""Environment variable with the URL: it is in no dump of the settings, since a password may stand in it."""


class ProfileSettings(BaseSettings):
    """Where the service looks history values up: in the workspace's own folders, or in a Redis beside them.

    >>> ProfileSettings(url="redis://tamiz:secret@127.0.0.1/0").url
    SecretStr('**********')
    """

    model_config = SettingsConfigDict(env_prefix="TAMIZ_PROFILES_", extra="forbid", frozen=True)

    url: SecretStr | None = Field(
        None, exclude=True, description="Redis with the profiles; null: LMDB in the workspace"
    )
    seconds: float = Field(
        0.05, ge=0.001, le=10, description="longest wait for Redis to connect, and for each reply"
    )

    @field_validator("url")
    @classmethod
    def _is_of_redis(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not re.match("(rediss?|unix)://.", url.get_secret_value()):
            raise ValueError("no URL of a Redis, such as rediss://user:password@host:6379/0")
        return url
