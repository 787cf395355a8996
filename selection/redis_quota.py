"""A quota in Redis, for the processes of several machines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from selection.capacity import Place, Take
from selection.errors import QuotaUnavailable
from selection.settings import QUOTA_URL_VARIABLE

_DAYS_KEPT = 400
"""A count outlives every amendment of its day."""

_TAKE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
local left, taken = false, 1
if ARGV[1] ~= '' then
  local limit, before = tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[2]) or '0')
  left = math.ceil(tonumber(ARGV[2]) * math.max(0, limit - math.max(0, before - limit)) - 1e-9)
  if used >= left then taken = 0 end
end
if taken == 1 then
  redis.call('SET', KEYS[1], used + 1, 'EX', ARGV[3])
end
return {left, taken, used + taken}
"""
"""What `capacity.allowed` says, asked and counted at once."""

_GIVE_BACK = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0')
if used > 0 then redis.call('SET', KEYS[1], used - 1, 'KEEPTTL') end
"""


class RedisQuota:
    """A QuotaStore that all replicas of the service share.

    It is a count, not evidence: a Redis that forgets lets a few more inspections through and changes no
    record. What fails is not tried again here; nothing of the URL is told in errors.
    """

    def __init__(self, url: str, seconds: float = 0.05) -> None:
        """Open it, away or not; each take waits at most `seconds` to connect and for the reply."""
        once = Retry(NoBackoff(), 0)
        waiting = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": once}
        self._client: Any = Redis.from_url(url, **waiting, protocol=2, driver_info=None)
        self._take = self._client.register_script(_TAKE)
        self._give_back = self._client.register_script(_GIVE_BACK)

    def take(self, place: Place, limit: int | None, released: float = 1.0) -> Take:
        """See QuotaStore; raises QuotaUnavailable."""
        asked = ("" if limit is None else limit, repr(released), _DAYS_KEPT * 86_400)
        with _available():
            left, taken, used = self._take(keys=[_key(place), _key(place.day_before)], args=asked)
        return Take(place.lane, left, bool(taken), used)

    def give_back(self, place: Place) -> None:
        """See QuotaStore; raises QuotaUnavailable."""
        with _available():
            self._give_back(keys=[_key(place)])

    def used(self, place: Place) -> int:
        """See QuotaStore; raises QuotaUnavailable."""
        with _available():
            return int(self._client.get(_key(place)) or 0)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _key(place: Place) -> str:
    return f"tamiz:quota:{place.day.isoformat()}:{place.lane.value}:{place.office}"


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except (exceptions.RedisError, OSError):
        raise QuotaUnavailable(
            "the count of inspections in Redis cannot be read or written",
            remedy=f"look whether that Redis answers, and at the URL in {QUOTA_URL_VARIABLE}",
        ) from None
