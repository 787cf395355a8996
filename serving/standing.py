"""How the service stands at a moment: what is at work, how old the profiles are, how much quota is used."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from customs.lane import Lane
from selection.capacity import Place, QuotaStore
from selection.errors import QuotaUnavailable
from selection.settings import SelectionSettings


@dataclass(frozen=True)
class QuotaUse:
    """Inspections of one lane that count at an office today, of how many."""

    office: str
    lane: Lane
    used: int
    limit: int


@dataclass(frozen=True)
class Standing:
    """The bundle at work, whether decisions can be recorded, the age of the profiles, and the quota used."""

    bundle_id: str | None
    writable: bool
    profile_days: int | None
    quota: Sequence[QuotaUse]


def quota_uses(quota: QuotaStore, settings: SelectionSettings, day: date) -> tuple[QuotaUse, ...]:
    """Give how much is used where an office has a limit of its own; nothing where the count is away.

    Other offices are not known: a caller could name any.

    >>> from selection.memory_quota import MemoryQuota
    >>> settings = SelectionSettings(office_limits={"118": {"red": 40}})
    >>> quota_uses(MemoryQuota(), settings, date(2026, 3, 1))
    (QuotaUse(office='118', lane=<Lane.RED: 'red'>, used=0, limit=40),)
    """
    limits = [
        (office, lane, limit)
        for office, held in settings.office_limits.items()
        for lane, limit in ((Lane.RED, held.red), (Lane.ORANGE, held.orange))
        if limit is not None
    ]
    with suppress(QuotaUnavailable):
        return tuple(
            QuotaUse(office, lane, quota.used(Place(day, office, lane)), limit)
            for office, lane, limit in limits
        )
    return ()
