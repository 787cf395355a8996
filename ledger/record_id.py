"""Names of records: they sort by time, and say nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record_id(now: datetime, entropy: bytes) -> str:
    """A UUID version 7 (RFC 9562) of the instant `now`, to the millisecond, and ten random bytes.

    >>> record_id(datetime(2026, 1, 2, tzinfo=UTC), bytes(10))
    '019b7c01-0400-7000-8000-000000000000'
    """
    if now.utcoffset() is None or len(entropy) != 10:
        raise ValueError("record_id takes an instant with its offset and ten random bytes")
    random = int.from_bytes(entropy, "big")
    high, low = random >> 62 & 0xFFF, random & (1 << 62) - 1
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low))
