"""Dates and times written as a source writes them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_TIME_SIGNS = "HIklMSTRscXpfPr"


def parse_dates(text: pl.Series, formats: Sequence[str], time_zone: str) -> pl.Series:
    """Dates, or instants in UTC where a format tells the time; of several formats the first that fits.

    A time without `%z` is local time; one that did not exist that day is null, as all that fits no format.

    >>> parse_dates(pl.Series(["31/1/2025", "soon"]), ["%d/%m/%Y"], "America/Lima").to_list()
    [datetime.date(2025, 1, 31), None]
    >>> parse_dates(pl.Series(["2025-01-31 19:00"]), ["%Y-%m-%d %H:%M"], "America/Lima")[0].isoformat()
    '2025-02-01T00:00:00+00:00'
    """
    if not any(map(_tells_time, formats)):
        parsed = [text.str.strptime(pl.Date, one, strict=False) for one in formats]
    else:
        parsed = [_instants(text, one, time_zone) for one in formats]
    return pl.select(pl.coalesce(parsed)).to_series()


def _instants(text: pl.Series, form: str, time_zone: str) -> pl.Series:
    if "%z" in form:
        return text.str.to_datetime(form, time_zone="UTC", time_unit="us", strict=False)
    if _tells_time(form):
        local = text.str.strptime(pl.Datetime("us"), form, strict=False)
    else:
        local = text.str.strptime(pl.Date, form, strict=False).cast(pl.Datetime("us"))
    moments = local.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
    return moments.dt.convert_time_zone("UTC")


def _tells_time(form: str) -> bool:
    return any(f"%{sign}" in form for sign in _TIME_SIGNS)
