"""How much of a day's limit the model may have used by a moment, so that the afternoon is not starved."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from selection.settings import WorkingHours


def released(moment: datetime, day: date, hours: WorkingHours, zone: ZoneInfo) -> float:
    """Give the part, 0 to 1, of a day's limit that is free at a moment (with time zone).

    `hours.ahead` of it is free from the start; the rest follows evenly over the working hours. What was not
    used in time stays free until the evening. Of days before the moment's all is free, of days after it what
    is free from the start.

    >>> noon = datetime(2026, 3, 2, 13, 0, tzinfo=ZoneInfo("America/Lima"))
    >>> round(released(noon, date(2026, 3, 2), WorkingHours(ahead=0.2), ZoneInfo("America/Lima")), 3)
    0.6
    """
    opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (hours.opens, hours.closes))
    worked = (moment - opens) / (closes - opens)
    return hours.ahead + (1 - hours.ahead) * min(max(worked, 0.0), 1.0)
