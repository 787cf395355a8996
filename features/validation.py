"""What intake checks: every rule by name, and one function that runs them on any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.declaration import FIELDS
from features.columns import Columns, Unreadable
from features.local_time import instant_of
from features.settings import IntakeSettings
from features.validation_amounts import AMOUNT_RULES
from features.validation_codes import CODE_RULES
from features.validation_history import HISTORY_RULES, unit_value_band
from features.validation_judgement import REPETITION, Breach, judge, rows_of
from features.validation_reading import READING_RULES
from features.validation_rule import Context, Level, Mask, Row, Rule

__all__ = [
    "RULES",
    "WARNINGS",
    "Breach",
    "Level",
    "Rule",
    "Validation",
    "unit_value_band",
    "validate",
    "warned",
]

RULES: tuple[Rule, ...] = (*READING_RULES, *CODE_RULES, *AMOUNT_RULES, REPETITION, *HISTORY_RULES)
"""Every rule, errors and warnings, in the order in which they are reported."""

RULE: dict[str, Rule] = {rule.name: rule for rule in RULES}

WARNINGS: tuple[str, ...] = (
    "hs_chapter_national",
    "hs_code_not_listed",
    "country_undetermined",
    "unit_unknown",
    "transport_mode_unknown",
    "incoterm_unknown",
    "currency_unknown",
    "container_check_digit",
    "tax_number_check_digit",
    "preference_misfit",
    "cif_components_differ",
    "taxes_differ",
    "fx_rate_off",
    "invoice_differs",
    "paid_freight_absent",
    "freight_to_add_absent",
    "paid_insurance_absent",
    "net_gross_low",
    "zero_mass",
    "zero_quantity",
    "zero_value",
    "unit_value_outside_band",
    "hs_edition_superseded",
)
"""Names of the warnings: bit i of a row's warnings is WARNINGS[i]. Part of the record format: only append."""

_WARNING_RULES = tuple(RULE[name] for name in WARNINGS)
_ERRORS = tuple(rule for rule in RULES if rule.level is Level.ERROR and rule is not REPETITION)


@dataclass(frozen=True)
class Validation:
    """What became of n rows.

    `refused` and `repeated` are masks (a repeated row equals an earlier one and adds nothing); `breaches` say
    why rows were refused; `warnings` are bits by WARNINGS; `broken` counts rows by rule, warnings among the
    rows that were not refused.
    """

    refused: Mask
    repeated: Mask
    breaches: tuple[Breach, ...]
    warnings: NDArray[np.uint64]
    broken: dict[str, int]


def validate(
    columns: Columns,
    settings: IntakeSettings,
    now: datetime,
    *,
    unreadable: tuple[Unreadable, ...] = (),
    history: Mapping[str, NDArray[Any]] | None = None,
) -> Validation:
    """Run every rule on the columns.

    `now` bounds accepted_at; `unreadable` comes from `from_records` or an adapter; with `history` (as-of
    values of the same rows) the band of unit values is judged too.

    >>> from datetime import UTC
    >>> from features.columns import from_records
    >>> reading = from_records([{"declaration_id": "D1", "item_no": 1, "hs_code": "10129", "cif": True}])
    >>> verdict = validate(reading.columns, IntakeSettings(), datetime(2024, 1, 1, tzinfo=UTC),
    ...                    unreadable=reading.unreadable)
    >>> verdict.refused.tolist(), sorted({breach.rule for breach in verdict.breaches})
    ([True], ['hs_code_malformed', 'missing_required', 'unreadable_value'])
    """
    context = Context(settings, instant_of(now), history, unreadable)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        one_by_one = rows_of(columns, context)
        judgement = judge(columns, _ERRORS, FIELDS, context, one_by_one)
        broken = dict(judgement.broken)
        at = _warned_rows(one_by_one, context) if one_by_one else _warned_columns(columns, context)
        warnings = _bits(at, ~judgement.refused, broken)
    return Validation(judgement.refused, judgement.repeated, judgement.breaches, warnings, broken)


def warned(warnings: int) -> tuple[str, ...]:
    """Names of the warnings in a row's bits.

    >>> warned(0b101)
    ('hs_chapter_national', 'country_undetermined')
    """
    return tuple(name for bit, name in enumerate(WARNINGS) if warnings >> bit & 1)


def _warned_columns(columns: Columns, context: Context) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """The bit of each warning, and the rows it is about."""
    for bit, rule in enumerate(_WARNING_RULES):
        yield bit, rule.mask(columns, context).nonzero()[0]


def _warned_rows(items: Sequence[Row], context: Context) -> Iterator[tuple[int, NDArray[np.intp]]]:
    found = [
        (bit, place)
        for place, item in enumerate(items)
        for bit, rule in enumerate(_WARNING_RULES)
        if rule.check(item, context)
    ]
    for bit, some in groupby(sorted(found), itemgetter(0)):
        yield bit, np.array([place for _, place in some], np.intp)


def _bits(
    warned_of: Iterable[tuple[int, NDArray[np.intp]]], standing: Mask, broken: dict[str, int]
) -> NDArray[np.uint64]:
    bits = np.zeros(len(standing), np.uint64)
    for bit, at in warned_of:
        if len(at) and len(at := at[standing[at]]):
            bits[at] |= np.uint64(1 << bit)
            broken[WARNINGS[bit]] = len(at)
    return bits
