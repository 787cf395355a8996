"""The URL of a Redis, as settings hold it: a secret, since a password may stand in it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr


def _is_of_redis(url: SecretStr) -> SecretStr:
    if not re.match("(rediss?|unix)://.", url.get_secret_value()):
        raise ValueError("no URL of a Redis, such as rediss://user:password@host:6379/0")
    return url


RedisUrl = Annotated[SecretStr, AfterValidator(_is_of_redis)]
