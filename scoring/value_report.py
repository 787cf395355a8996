"""What the interval says of a declared value, and what the steps of the Valuation Agreement can rest on.

Made from the record of a decision alone: the item, its history values and its interval. It is a reason to ask
(WTO Decision 6.1), never a customs value, and no minimum value (Agreement, Article 7.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from features.columns import Columns, Values
from features.local_time import date_of
from scoring.comparables import Comparables, comparables
from scoring.row import Parameters, Row
from scoring.words import LANGUAGES, told


@dataclass(frozen=True)
class Interval:
    """The interval of cif of one item; None where the model could not say."""

    item_no: int
    low: float | None
    mid: float | None
    high: float | None


class Place(Enum):
    """Where the declared value lies."""

    BELOW = "below"
    WITHIN = "within"
    ABOVE = "above"
    UNTOLD = "untold"


@dataclass(frozen=True)
class Step:
    """One step of the Agreement: its code, and the figures that it can rest on."""

    code: str
    parameters: Parameters


@dataclass(frozen=True)
class ValueReport:
    """Where the declared value lies, the comparables beside it, and the steps that follow, in their order.

    `since` and `until` are the first and the last day of the recent comparables, None where there are none.
    """

    item_no: int
    place: Place
    comparables: Comparables
    since: date | None
    until: date | None
    steps: tuple[Step, ...]


def value_report(columns: Columns, history: Values, row: int, interval: Interval) -> ValueReport:
    """Give the report of one item of a decision."""
    item = Row(columns, history, row)
    found = comparables(columns, history, row)
    place = _place(item.number("cif"), interval)
    since, until = _days(item, found)
    steps = (_interval(item, interval, place), *_asked(item, found, place, since, until))
    return ValueReport(interval.item_no, place, found, since, until, steps)


def interval_of(item: Mapping[str, Any]) -> Interval:
    """Give the interval of an item as a record holds it."""
    low, mid, high = (item[name] for name in ("value_low", "value_mid", "value_high"))
    return Interval(item["item_no"], *(None if end is None else float(end) for end in (low, mid, high)))


def report_json(report: ValueReport) -> dict[str, Any]:
    """Give the report as JSON values, each step with its words in both languages."""
    return {
        "item_no": report.item_no,
        "place": report.place.value,
        "comparables": asdict(report.comparables),
        "since": report.since.isoformat() if report.since else None,
        "until": report.until.isoformat() if report.until else None,
        "steps": [
            {"code": step.code, "parameters": step.parameters, "text": step_words(step)}
            for step in report.steps
        ],
    }


def step_words(step: Step) -> dict[str, str]:
    """Give the words of a step by language."""
    return {language: told("valuation", step.code, step.parameters, language) for language in LANGUAGES}


def _place(cif: float | None, interval: Interval) -> Place:
    if cif is None or interval.low is None or interval.high is None:
        return Place.UNTOLD
    if cif < interval.low:
        return Place.BELOW
    return Place.ABOVE if cif > interval.high else Place.WITHIN


def _days(item: Row, found: Comparables) -> tuple[date | None, date | None]:
    """Comparables of late are of the window's days before the day of the item itself."""
    if found.recent.window is None:
        return None, None
    day = date_of(int(item.columns["customs_date"][item.row]))
    return day - timedelta(days=found.recent.window), day - timedelta(days=1)


def _interval(item: Row, interval: Interval, place: Place) -> Step:
    mass, cif = item.number("net_kg"), item.number("cif")
    return Step(
        f"interval/{place.value}",
        {
            "cif": cif,
            "low": interval.low,
            "mid": interval.mid,
            "high": interval.high,
            "unit_value": _a_kilogram(cif, mass),
            "unit_low": _a_kilogram(interval.low, mass),
            "unit_mid": _a_kilogram(interval.mid, mass),
            "unit_high": _a_kilogram(interval.high, mass),
        },
    )


def _asked(
    item: Row, found: Comparables, place: Place, since: date | None, until: date | None
) -> tuple[Step, ...]:
    """The steps after a doubt; none where the declared value lies within its interval or nothing is told."""
    if place in {Place.WITHIN, Place.UNTOLD}:
        return ()
    recent = found.recent
    figures: Parameters = {
        "subheading": (item.text("hs_code") or "")[:6],
        "origin": item.text("origin_country"),
        "compared": recent.count,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "quarter": recent.quarter,
        "median": recent.median,
        "three_quarters": recent.three_quarters,
        "lower": recent.lower,
    }
    case = "none" if not recent.count else "any_origin" if recent.widened else "same_origin"
    return Step("ask", {}), Step(f"comparables/{case}", figures), Step("other_methods", {})


def _a_kilogram(value: float | None, mass: float | None) -> float | None:
    return round(value / mass, 6) if value is not None and mass else None
