"""How a day's limits are released: by the clock of the office, all by the evening, never less than before."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from selection.pace import released
from selection.settings import WorkingHours

LIMA, SANTIAGO = ZoneInfo("America/Lima"), ZoneInfo("America/Santiago")
DAY = date(2026, 3, 2)
HOURS = WorkingHours(opens=time(8), closes=time(18), ahead=0.25)


@pytest.mark.parametrize(
    ("hour", "part"), [(0, 0.25), (8, 0.25), (10, 0.4), (13, 0.625), (18, 1.0), (23, 1.0)]
)
def test_a_part_is_free_from_the_start_and_the_rest_follows_evenly(hour: int, part: float) -> None:
    assert released(datetime.combine(DAY, time(hour), LIMA), DAY, HOURS, LIMA) == pytest.approx(part)


def test_the_hours_are_those_of_the_office_whatever_clock_the_service_has() -> None:
    noon = datetime.combine(DAY, time(12), LIMA)
    assert released(noon.astimezone(UTC), DAY, HOURS, LIMA) == released(noon, DAY, HOURS, LIMA)


def test_of_earlier_days_all_is_free_and_of_later_ones_what_is_free_from_the_start() -> None:
    moment = datetime.combine(DAY, time(12), LIMA)
    assert released(moment, DAY - timedelta(days=1), HOURS, LIMA) == 1.0
    assert released(moment, DAY + timedelta(days=1), HOURS, LIMA) == 0.25


@given(
    minutes=st.tuples(st.integers(-2000, 4000), st.integers(-2000, 4000)),
    ahead=st.floats(0, 1),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
def test_it_never_falls_as_time_goes_on_even_when_clocks_are_put_back(
    minutes: tuple[int, int], ahead: float, day: date
) -> None:
    hours = HOURS.model_copy(update={"ahead": ahead})
    start = datetime.combine(day, time(0), SANTIAGO).astimezone(UTC)
    earlier, later = sorted(minutes)
    parts = [released(start + timedelta(minutes=one), day, hours, SANTIAGO) for one in (earlier, later)]
    assert 0 <= parts[0] <= parts[1] <= 1 + 1e-12


def test_hours_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValidationError, match="closes must be later than opens"):
        WorkingHours(opens=time(9), closes=time(9))
