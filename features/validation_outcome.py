"""What intake checks in outcomes: the same care as for items, every breach refuses the row."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime
from typing import Any

from customs.lane import Lane
from customs.outcome import OUTCOME_FIELDS, Finding, SelectionReason
from features.codes.countries import UNDETERMINED, countries
from features.codes.hs import is_hs_code
from features.columns import Columns, Unreadable
from features.local_time import instant_of
from features.settings import IntakeSettings
from features.validation_judgement import REPETITION, Judgement, judge, rows_of
from features.validation_reading import LARGEST, below_one, length_rule, missing_rule, unread_rules
from features.validation_rule import Context, Level, Rule, each, where_text

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
    context = Context(settings, instant_of(now), None, unreadable)
    return judge(columns, rules, OUTCOME_FIELDS, context, rows_of(columns, context))


def _beyond_trade(amounts: Any) -> Any:
    return abs(amounts) > LARGEST


def _outside(listed: Container[str]) -> Callable[[Any], Any]:
    return lambda texts: where_text(texts, lambda text: text not in listed)


def _inconsistent(values: Any, _: Context) -> Any:
    nothing = where_text(values["finding"], Finding.NONE.value.__eq__)
    something = where_text(values["finding"], lambda text: text != Finding.NONE.value)
    illicit = values["illicit"]
    return (nothing & (illicit == 1)) | (something & (illicit == 0))


def _improbable(chances: Any) -> Any:
    return (chances <= 0) | (chances > 1)


def _in_future(values: Any, context: Context) -> Any:
    return values["result_at"] > context.now + int(context.settings.future_days * _DAY)


def _negative(values: Any, _: Context) -> Any:
    return values["assessed_cif"] < 0


def _malformed_code(values: Any, _: Context) -> Any:
    return where_text(values["assessed_hs_code"], lambda code: not is_hs_code(code))


def _unknown_country(values: Any, _: Context) -> Any:
    known = countries()
    return where_text(values["assessed_origin"], lambda text: text not in known and text != UNDETERMINED)


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
        each(dict.fromkeys(_COUNTS, below_one) | dict.fromkeys(_AMOUNTS, _beyond_trade)),
    ),
    Rule(
        "outcome_code_unknown",
        Level.ERROR,
        tuple(_LISTED),
        "lane, selection_reason or finding is none of its codes",
        "use a code of the outcome table: green, orange, red; rule, model, random, ...; none, value, ...",
        each({name: _outside(listed) for name, listed in _LISTED.items()}),
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
        each(dict.fromkeys(_PROBABILITIES, _improbable)),
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
