"""One value of a source, read by the kind of its field; what cannot be read names the rule it breaks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache, partial
from typing import TypeAlias

from customs.declaration import Field, Kind
from features.local_time import NO_INSTANT, instant_of, midnight_of

UNREADABLE = "unreadable_value"
NOT_FINITE = "number_not_finite"
WITHOUT_OFFSET = "instant_without_offset"
MALFORMED = "malformed_row"

WHITESPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
"""What is stripped from both ends of a text, by every road."""

MISSING: frozenset[str] = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null"})
"""Texts that stand for a missing value; in a field of countries NA is Namibia."""

COUNTRIES: tuple[str, ...] = ("departure_country", "origin_country", "assessed_origin")
"""Fields that hold a country."""

LARGEST_INTEGER = 2**53
"""Whole numbers beyond this are not exact in Float64 and stand for nothing in trade."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)?", re.ASCII
)


Reader: TypeAlias = Callable[[object], str | float | int | None]


class ReadError(ValueError):
    """A value that cannot be read; `rule` is the name of the rule it breaks."""

    def __init__(self, rule: str = UNREADABLE) -> None:
        super().__init__(rule)
        self.rule = rule


def read_text(value: object, name: str = "") -> str | None:
    """Text without surrounding white space, or None where it is missing in the field of that name.

    >>> read_text(" 0101 ", "hs_code"), read_text("NA", "brand"), read_text("NA", "origin_country")
    ('0101', None, 'NA')
    """
    if not isinstance(value, str):
        if value is None:
            return None
        raise ReadError
    text = value.strip(WHITESPACE)
    if text in MISSING and not (text == "NA" and name in COUNTRIES):
        return None
    if not is_storable(text):
        raise ReadError
    return text


def read_number(value: object) -> float:
    """A number as float, NaN where it is missing; text, booleans and infinite numbers are faults.

    >>> read_number(3), read_number(None)
    (3.0, nan)
    """
    if value is None:
        return math.nan
    number = value if type(value) is float else _float_of(value)
    if not math.isfinite(number):
        raise ReadError(NOT_FINITE)
    return number


def read_integer(value: object) -> float:
    """A whole number as float, NaN where it is missing.

    >>> read_integer(10)
    10.0
    """
    if type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return float(value)
    number = read_number(value)
    if not math.isnan(number) and (abs(number) > LARGEST_INTEGER or number != math.floor(number)):
        raise ReadError
    return number


def read_flag(value: object) -> float:
    """1.0 or 0.0 for a boolean, 1 or 0; NaN where it is missing.

    >>> read_flag(True), read_flag(0)
    (1.0, 0.0)
    """
    number = float(value) if isinstance(value, bool) else read_number(value)
    if not (math.isnan(number) or number in (0.0, 1.0)):
        raise ReadError
    return number


def read_instant(value: object, time_zone: str) -> int:
    """Microseconds since the epoch of an ISO 8601 instant with offset; a bare date is local midnight.

    NO_INSTANT where it is missing. Instants without offset are a fault of their own.

    >>> read_instant("1970-01-01T00:00:01Z", "America/Lima"), read_instant("1970-01-01", "America/Lima")
    (1000000, 18000000000)
    """
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return midnight_of_day(value, time_zone)
    text = read_text(value)
    return NO_INSTANT if text is None else instant_of_text(text, time_zone)


@lru_cache(maxsize=4096)
def instant_of_text(text: str, time_zone: str) -> int:
    """Microseconds since the epoch of a text without surrounding space, a bare date at local midnight.

    The items of a declaration name the same instants, so answers are kept.
    """
    try:
        if _DATE.fullmatch(text):
            return midnight_of_day(date.fromisoformat(text), time_zone)
        if _INSTANT.fullmatch(text):
            return _moment(datetime.fromisoformat(text.replace(",", ".")))
    except ReadError:
        raise
    except ValueError as error:
        raise ReadError from error
    raise ReadError


def midnight_of_day(day: date, time_zone: str) -> int:
    """Microseconds since the epoch of local midnight; ReadError outside the years of trade."""
    try:
        return midnight_of(day, time_zone)
    except ValueError as error:
        raise ReadError from error


def is_storable(text: str) -> bool:
    """False for text with NUL or half a surrogate pair, which no UTF-8 column can hold.

    >>> is_storable("añejo"), is_storable("\\ud800")
    (True, False)
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return "\0" not in text


def reader_of(field: Field, time_zone: str) -> Reader:
    """The function that reads values of a field by its kind, or raises ReadError.

    >>> from customs.declaration import FIELD
    >>> reader_of(FIELD["hs_code"], "America/Lima")("010129"), reader_of(FIELD["cif"], "America/Lima")(5)
    ('010129', 5.0)
    """
    if field.kind is Kind.INSTANT:
        return partial(read_instant, time_zone=time_zone)
    if field.kind in (Kind.TEXT, Kind.CODE):
        return partial(read_text, name=field.name) if field.name in COUNTRIES else read_text
    return _NUMBERS[field.kind]


_NUMBERS: dict[Kind, Callable[[object], float]] = {
    Kind.NUMBER: read_number,
    Kind.INTEGER: read_integer,
    Kind.FLAG: read_flag,
}


def _float_of(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReadError
    if isinstance(value, int) and abs(value) > 10**300:
        raise ReadError
    return float(value)


def _moment(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ReadError(WITHOUT_OFFSET)
    try:
        return instant_of(moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise ReadError from error
