"""What intake checks in outcomes: the same care as for items, every breach refuses the row."""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

import numpy as np

from customs.lane import Lane
from customs.outcome import OUTCOME_FIELDS, Finding, SelectionReason
from features.codes.countries import UNDETERMINED, countries
from features.codes.hs import is_hs_code
from features.columns import NO_INTEGER, Columns, Unreadable
from features.local_time import instant_of
from features.settings import IntakeSettings
from features.validation_judgement import REPETITION, Judgement, judge
from features.validation_reading import LARGEST, length_rule, missing_rule, unread_rules
from features.validation_rule import Context, Level, Mask, Rule, side_by_side, stacked, where_text

_DAY = 24 * 3600 * 1_000_000
_COUNTS = ("item_no", "version")
_AMOUNTS = ("assessed_cif", "additional_revenue")
_PROBABILITIES = ("p_document", "p_physical")
_LISTED: dict[str, Container[str]] = {
    "lane": frozenset(lane.value for lane in Lane),
    "selection_reason": frozenset(reason.value for reason in SelectionReason),
    "finding": frozenset(finding.value for finding in Finding),
}


def validate_outcomes(
    columns: Columns, settings: IntakeSettings, now: datetime, *, unreadable: tuple[Unreadable, ...] = ()
) -> Judgement:
    """Run every rule on outcomes (columns by OUTCOME_FIELDS); `now` bounds result_at.

    >>> from datetime import UTC
    >>> from features.outcome_columns import outcomes_from_records
    >>> outcome = {"declaration_id": "D1", "item_no": 1, "selection_reason": "random", "finding": "value",
    ...            "illicit": 0, "result_at": "2024-03-01"}
    >>> columns = outcomes_from_records([outcome]).columns
    >>> validate_outcomes(columns, IntakeSettings(), datetime(2024, 4, 1, tzinfo=UTC)).broken
    {'illicit_against_finding': 1}
    """
    rules = [rule for rule in OUTCOME_RULES if rule is not REPETITION]
    return judge(columns, rules, OUTCOME_FIELDS, Context(settings, instant_of(now), None, unreadable))


def _out_of_bounds(columns: Columns, _: Context) -> Mask:
    counts, size = stacked(columns, _COUNTS), np.abs(stacked(columns, _AMOUNTS))
    return np.concatenate([(counts < 1) & (counts != NO_INTEGER), size > LARGEST], axis=1)


def _unlisted(columns: Columns, _: Context) -> Mask:
    masks = [_outside(columns, name, listed) for name, listed in _LISTED.items()]
    return side_by_side(masks)


def _outside(columns: Columns, name: str, listed: Container[str]) -> Mask:
    return where_text(columns[name], lambda text: text not in listed)


def _inconsistent(columns: Columns, _: Context) -> Mask:
    nothing = where_text(columns["finding"], Finding.NONE.value.__eq__)
    something = where_text(columns["finding"], lambda text: text != Finding.NONE.value)
    illicit = columns["illicit"]
    return np.asarray((nothing & (illicit == 1)) | (something & (illicit == 0)))


def _improbable(columns: Columns, _: Context) -> Mask:
    chances = stacked(columns, _PROBABILITIES)
    return np.asarray((chances <= 0) | (chances > 1))


def _in_future(columns: Columns, context: Context) -> Mask:
    latest = context.now + int(context.settings.future_days * _DAY)
    return np.asarray(np.greater(columns["result_at"], latest))


def _negative(columns: Columns, _: Context) -> Mask:
    return np.asarray(np.less(columns["assessed_cif"], 0))


def _malformed_code(columns: Columns, _: Context) -> Mask:
    return where_text(columns["assessed_hs_code"], lambda code: not is_hs_code(code))


def _unknown_country(columns: Columns, _: Context) -> Mask:
    known = countries() | {UNDETERMINED}
    return where_text(columns["assessed_origin"], lambda text: text not in known)


OUTCOME_RULES: tuple[Rule, ...] = (
    *unread_rules(OUTCOME_FIELDS),
    missing_rule(OUTCOME_FIELDS),
    length_rule(OUTCOME_FIELDS),
    Rule(
        "number_out_of_bounds",
        Level.ERROR,
        (*_COUNTS, *_AMOUNTS),
        "item_no or version below 1, or an amount beyond all trade",
        "count items and versions from 1; amounts are at most 1e15",
        _out_of_bounds,
    ),
    Rule(
        "outcome_code_unknown",
        Level.ERROR,
        tuple(_LISTED),
        "lane, selection_reason or finding is none of its codes",
        "use a code of the outcome table: green, orange, red; rule, model, random, ...; none, value, ...",
        _unlisted,
    ),
    Rule(
        "illicit_against_finding",
        Level.ERROR,
        ("illicit", "finding"),
        "illicit is not 1 exactly when the finding is something else than none",
        "make the two agree",
        _inconsistent,
    ),
    Rule(
        "probability_out_of_range",
        Level.ERROR,
        _PROBABILITIES,
        "a probability of inspection is not above 0 and at most 1",
        "give the probability at the decision; leave it empty for legacy selection",
        _improbable,
    ),
    Rule(
        "result_in_future",
        Level.ERROR,
        ("result_at",),
        "result_at is more than a day in the future",
        "check the date and the clock of the source",
        _in_future,
    ),
    Rule(
        "negative_amount",
        Level.ERROR,
        ("assessed_cif",),
        "the assessed value is negative",
        "give the value that customs found; only additional_revenue may be negative",
        _negative,
    ),
    Rule(
        "hs_code_malformed",
        Level.ERROR,
        ("assessed_hs_code",),
        "the assessed code is not 6 to 10 digits",
        "write the code as text, digits only, with its leading zeros",
        _malformed_code,
    ),
    Rule(
        "country_unknown",
        Level.ERROR,
        ("assessed_origin",),
        "the assessed origin is not in ISO 3166-1",
        "write the two-letter code in capitals",
        _unknown_country,
    ),
    REPETITION,
)
"""Every rule of outcomes."""
