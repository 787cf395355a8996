"""Rules about what could be read at all: rows, values, required fields, bounds of types, the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np

from customs.declaration import FIELDS, Field, Kind
from customs.outcome import OUTCOME_FIELDS
from customs.valuation import ValuationMethod
from features.codes.hs import EDITIONS
from features.columns import NO_INTEGER, Columns, is_text, missing_text, nothing, rows
from features.validation_rule import Check, Context, Level, Mask, Rule, each, is_missing, nowhere, where_text
from features.values import MALFORMED, NOT_FINITE, UNREADABLE, WITHOUT_OFFSET

_DAY = 24 * 3600 * 1_000_000
_FIRST_METHOD, _LAST_METHOD = min(ValuationMethod), max(ValuationMethod)
_COUNTS = ("item_no", "version")
_MEASURES = tuple(field.name for field in FIELDS if field.kind is Kind.NUMBER or field.name == "packages")

HIGHEST_RATE = 10_000.0
"""No rate of duties and taxes is higher, in percent; the highest ad valorem tariffs are below 2,000."""

LARGEST, SMALLEST = 1e15, 1e-9
"""No amount, mass or rate of trade is larger, or smaller without being zero; sums and ratios stay finite."""


def unread_rules(fields: tuple[Field, ...]) -> tuple[Rule, ...]:
    """Rules broken while reading, for these fields: their checks look up what reading recorded of them."""
    every = tuple(field.name for field in fields)
    numbers = tuple(field.name for field in fields if field.kind in (Kind.NUMBER, Kind.INTEGER, Kind.FLAG))
    instants = tuple(field.name for field in fields if field.kind is Kind.INSTANT)
    speak_of = {MALFORMED: ("",), UNREADABLE: every, NOT_FINITE: numbers, WITHOUT_OFFSET: instants}
    return tuple(_unread(rule, names) for rule, names in speak_of.items())


def missing_rule(fields: tuple[Field, ...]) -> Rule:
    """The rule that the required ones of these fields are there."""
    required = tuple(field for field in fields if field.required)
    return Rule(
        "missing_required",
        Level.ERROR,
        tuple(field.name for field in required),
        "a required field is missing",
        "declare it; where the source has none, the row cannot be used",
        each({field.name: _absence(field) for field in required}),
    )


def length_rule(fields: tuple[Field, ...]) -> Rule:
    """The rule that the texts among these fields are no longer than they may be."""
    texts = tuple(field for field in fields if is_text(field))
    return Rule(
        "text_too_long",
        Level.ERROR,
        tuple(field.name for field in texts),
        "a text is longer than its field allows",
        "shorten it: 64 characters, 10 for goods codes, 2,000 for description and brand",
        _no_longer_than({field.name: field.longest for field in texts}),
    )


def _absence(field: Field) -> Callable[[Any], Any]:
    """What is true of the values of a field that nothing was declared for."""
    missing = nothing(field)
    if missing is None:
        return _no_text
    return is_missing if isnan(missing) else _is_nothing


def _is_nothing(wholes: Any) -> Any:
    """NO_INTEGER and NO_INSTANT are one number."""
    return wholes == NO_INTEGER


def _no_text(texts: Any) -> Any:
    return missing_text(texts) if isinstance(texts, np.ndarray) else texts is None


def _no_longer_than(longest: Mapping[str, int]) -> Check:
    limits = tuple(longest.items())

    def check(values: Any, _: Context) -> Any:
        if isinstance(values[limits[0][0]], np.ndarray):
            return _too_long(values, limits)
        return any(len(values[name] or "") > most for name, most in limits)

    return check


def _too_long(columns: Columns, limits: Sequence[tuple[str, int]]) -> Mask:
    """Lengths are compared text by text only in columns that hold one too long."""
    broken = np.zeros((rows(columns), len(limits)), np.bool_)
    for place, (name, most) in enumerate(limits):
        texts = columns[name].tolist()
        if max(map(len, filter(None, texts)), default=0) > most:
            broken[:, place] = [text is not None and len(text) > most for text in texts]
    return broken


def below_one(counts: Any) -> Any:
    """True for a number of an item or version that is there and below 1."""
    return (counts < 1) & (counts != NO_INTEGER)


def _beyond_trade(measures: Any) -> Any:
    size = abs(measures)
    return (size > LARGEST) | ((size < SMALLEST) & (size > 0))


def _beyond_rates(rates: Any) -> Any:
    return _beyond_trade(rates) | (rates > HIGHEST_RATE)


def _no_method(methods: Any) -> Any:
    return (methods < _FIRST_METHOD) | (methods > _LAST_METHOD)


def _unknown_edition(values: Any, _: Context) -> Any:
    return where_text(values["hs_edition"], lambda text: text not in EDITIONS)


def _in_future(values: Any, context: Context) -> Any:
    return values["accepted_at"] > context.now + int(context.settings.future_days * _DAY)


def _unread(rule: str, fields: tuple[str, ...]) -> Rule:
    """A rule broken while reading: its check looks up what reading recorded, by the numbers of rows."""
    at = {name: column for column, name in enumerate(fields)}

    def check(values: Any, context: Context) -> Any:
        if not context.unreadable:
            return nowhere(values)
        broken = np.zeros((rows(values), len(fields)), np.bool_)
        for fault in context.unreadable:
            if fault.rule == rule and fault.field in at:
                broken[fault.row, at[fault.field]] = True
        return broken

    meaning, remedy = _READING[rule]
    remedies = _REMEDIES if rule == UNREADABLE else {}
    return Rule(rule, Level.ERROR, fields, meaning, remedy, check, remedies)


_READING = {
    MALFORMED: (
        "the row cannot be split into the file's columns, is not UTF-8 text, or is no object or XML document",
        (
            "write as many values as the header has columns, none over 131,072 characters, in UTF-8 or the "
            "encoding that the mapping names, by RFC 4180; what to do about an XML document stands in the "
            "value"
        ),
    ),
    UNREADABLE: (
        "a value is not of its field's type",
        "write numbers with a decimal point and no other sign, dates as ISO 8601, texts as text",
    ),
    NOT_FINITE: ("a number is NaN or infinite", "leave a missing number empty (null), never NaN or infinite"),
    WITHOUT_OFFSET: (
        "an instant has no offset from UTC",
        "write the offset, as in 2024-05-01T10:00:00-05:00, or the bare date for local midnight",
    ),
}

_AS = {
    Kind.NUMBER: "write a number: digits, with a decimal point and no other sign",
    Kind.INTEGER: "write a whole number, digits alone",
    Kind.FLAG: "write 1 or 0, true or false",
    Kind.INSTANT: "write a day that there is, in ISO 8601: 2024-05-01, or 2024-05-01T10:00:00-05:00",
}
_REMEDIES = {field.name: _AS[field.kind] for field in (*OUTCOME_FIELDS, *FIELDS) if field.kind in _AS}

READING_RULES: tuple[Rule, ...] = (
    *unread_rules(FIELDS),
    missing_rule(FIELDS),
    length_rule(FIELDS),
    Rule(
        "number_out_of_bounds",
        Level.ERROR,
        (*_COUNTS, *_MEASURES, "valuation_method"),
        "item_no or version below 1, valuation_method none of 1 to 6, or a number beyond all trade",
        "give a number of trade: zero, or between 1e-9 and 1e15; a tax rate is at most 10,000 percent",
        each(
            dict.fromkeys(_COUNTS, below_one)
            | dict.fromkeys(_MEASURES, _beyond_trade)
            | {"tax_rate_pct": _beyond_rates, "valuation_method": _no_method}
        ),
        {
            **dict.fromkeys(_COUNTS, "count items and versions from 1"),
            "tax_rate_pct": "give the rate in percent of cif, at most 10,000",
            "valuation_method": "give the method of the WTO agreement on customs valuation, 1 to 6",
        },
    ),
    Rule(
        "hs_edition_unknown",
        Level.ERROR,
        ("hs_edition",),
        "hs_edition is none of 2012, 2017, 2022",
        "name the edition the code was taken from, or leave it empty for the one in force",
        _unknown_edition,
    ),
    Rule(
        "accepted_in_future",
        Level.ERROR,
        ("accepted_at",),
        "accepted_at is more than a day in the future",
        "check the date and the clock of the source",
        _in_future,
    ),
)
