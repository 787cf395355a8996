"""A declaration of a few items is read and judged as if every value, rule and row were looked at alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs.declaration import FIELDS, Field, Kind
from customs.outcome import OUTCOME_FIELDS
from features.columns import complete, from_records
from features.outcome_columns import complete_outcomes, outcomes_from_records
from features.settings import IntakeSettings
from features.validation import RULES, Validation, validate, warned
from features.validation_judgement import FEW
from features.validation_outcome import OUTCOME_RULES, validate_outcomes
from tests.features.intake_examples import ITEM, NOW, OUTCOME, item
from tests.features.judgement_reference import judge_slowly, read_slowly, same
from tests.features.test_validation import BROKEN, SOUND

SETTINGS = IntakeSettings(preferences={"X9": ("CN", "PE")})

CODES: dict[str, list[str]] = {
    "hs_code": ["010129", "0101291000", "10129", "000000", "770100", "980100", "870399", "８７０３２３"],
    "hs_edition": ["2012", "2017", "2022", "2007"],
    "origin_country": ["NA", "CN", "EC", "ZZ", "XX", "cn"],
    "departure_country": ["NA", "ZZ", "XX"],
    "preference_code": ["CAN", "CN", "US", "X9", "X-17"],
    "incoterm": ["FOB", "CIF", "EXW", "DAP", "FCA", "C&F"],
    "unit": ["KGM", "kilo"],
    "currency": ["USD", "EUR", "US$"],
    "container_id": ["CSQU3054383", "CSQU3054384", "loose"],
    "importer_id": ["20512333797", "20512333798", "QLRUBN9"],
    "declaration_id": ["D1", "D2"],
    "finding": ["none", "value", "smuggling"],
    "lane": ["red", "blue"],
    "selection_reason": ["random", "whim"],
}
INSTANTS = ["2024-03-05", "2024-03-05T10:30:00.25-05:00", " 2024-03-05T10:30Z", "2024-06-02T00:00:00Z"]
INSTANTS += ["2030-01-01", "2024-03-05T10:30:00", "2024-13-05", "1899-12-31T23:59:59-05:00", "2021-12-31"]
TEXTS = st.sampled_from(["", " ", "NA", "null", " a\u2003", "\x1f", "ñ", "\ud800", "x\0", "D" * 65])
NUMBERS = st.sampled_from([0, 1, 2, 7, 18.0, 1000.0, 2000.0, 2102.2, 9000.0, 10000.0, -1, 1e-10, 2e15])
ODD = st.sampled_from(
    [None, True, False, [1], {"a": 1}, 1.5, 2**60, 10**400, float("nan"), float("inf"), "5"]
)


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Usual and odd values of a field: such as rules are about, and such as cannot be read."""
    usual: st.SearchStrategy[Any] = NUMBERS | st.floats()
    if field.name in CODES:
        usual = st.sampled_from(CODES[field.name])
    elif field.kind in (Kind.TEXT, Kind.CODE):
        usual = TEXTS | st.text(max_size=5)
    elif field.kind is Kind.INSTANT:
        usual = st.sampled_from(INSTANTS)
    elif field.kind in (Kind.INTEGER, Kind.FLAG):
        usual = st.integers(-1, 11) | st.booleans()
    return usual | ODD if field.name in ("cif", "packages", "brand", "illicit") else usual


def rows_like(example: dict[str, Any], fields: Sequence[Field], most: int) -> st.SearchStrategy[list[Any]]:
    """Rows that differ from a sound one in a few fields, most of them; some have more or are no objects."""
    names = st.sampled_from([field.name for field in fields])
    by_name = {field.name: values_of(field) for field in fields}
    change = names.flatmap(lambda name: st.tuples(st.just(name), by_name[name]))
    few = st.lists(change, max_size=3).map(lambda changes: {**example, **dict(changes)})
    any_of_all = st.fixed_dictionaries({}, optional=by_name)
    odd = st.sampled_from(["no object", None, ["x"], {}, {"colour": "red", "cif": None}])
    return st.lists(few | few | any_of_all | odd, max_size=most)


ITEMS = rows_like(ITEM, FIELDS, FEW + 2)
OUTCOMES = rows_like(OUTCOME, OUTCOME_FIELDS, FEW + 2)


@settings(max_examples=100, deadline=None)
@given(ITEMS, st.sampled_from(["America/Lima", "Europe/Madrid"]))
def test_items_are_read_as_value_by_value(items: list[Any], time_zone: str) -> None:
    reading = from_records(items, time_zone=time_zone)
    columns, unreadable, unknown = read_slowly(items, FIELDS, time_zone)
    assert same(reading.columns, complete(columns, time_zone))
    assert list(reading.unreadable) == unreadable
    assert list(reading.unknown) == unknown


@settings(max_examples=50, deadline=None)
@given(OUTCOMES)
def test_outcomes_are_read_as_value_by_value(outcomes: list[Any]) -> None:
    reading = outcomes_from_records(outcomes)
    columns, unreadable, unknown = read_slowly(outcomes, OUTCOME_FIELDS, "America/Lima")
    assert same(reading.columns, complete_outcomes(columns, "America/Lima"))
    assert list(reading.unreadable) == unreadable
    assert list(reading.unknown) == unknown


@settings(max_examples=120, deadline=None)
@given(ITEMS)
def test_items_are_judged_as_rule_by_rule_and_row_by_row(items: list[Any]) -> None:
    reading = from_records(items)
    verdict = validate(reading.columns, SETTINGS, NOW, unreadable=reading.unreadable)
    breaches, repeated, warnings, counts = judge_slowly(
        reading.columns, RULES, FIELDS, SETTINGS, NOW, unreadable=reading.unreadable
    )
    assert list(verdict.breaches) == breaches
    assert np.flatnonzero(verdict.refused).tolist() == sorted({breach.row for breach in breaches})
    assert verdict.repeated.tolist() == repeated
    assert [set(warned(bits)) for bits in verdict.warnings.tolist()] == warnings
    assert verdict.broken == counts


@settings(max_examples=60, deadline=None)
@given(OUTCOMES)
def test_outcomes_are_judged_as_rule_by_rule_and_row_by_row(outcomes: list[Any]) -> None:
    reading = outcomes_from_records(outcomes)
    verdict = validate_outcomes(reading.columns, SETTINGS, NOW, unreadable=reading.unreadable)
    breaches, repeated, _, counts = judge_slowly(
        reading.columns, OUTCOME_RULES, OUTCOME_FIELDS, SETTINGS, NOW, unreadable=reading.unreadable
    )
    assert list(verdict.breaches) == breaches
    assert np.flatnonzero(verdict.refused).tolist() == sorted({breach.row for breach in breaches})
    assert verdict.repeated.tolist() == repeated
    assert verdict.broken == counts


@settings(max_examples=60, deadline=None)
@given(rows_like(ITEM, FIELDS, FEW))
def test_items_are_judged_alike_among_few_and_among_many(items: list[Any]) -> None:
    _assert_alike(items)


@pytest.mark.parametrize(
    "items", [items for every in (BROKEN, SOUND) for some in every.values() for items in some]
)
def test_the_examples_of_each_rule_are_judged_alike_among_few_and_among_many(items: list[Any]) -> None:
    _assert_alike(items)


def _assert_alike(items: list[Any]) -> None:
    others = [item(declaration_id="others", item_no=number) for number in range(1, FEW + 2)]
    few, many = _judged(items), _judged([*items, *others])
    assert few.breaches == many.breaches
    assert few.broken == many.broken
    for name in ("refused", "repeated", "warnings"):
        one, other = getattr(few, name), getattr(many, name)
        assert one.dtype == other.dtype
        assert [*one.tolist(), *[0] * len(others)] == other.tolist()


def _judged(items: list[Any]) -> Validation:
    reading = from_records(items)
    return validate(reading.columns, SETTINGS, NOW, unreadable=reading.unreadable)


def test_a_missing_value_breaks_no_rule_among_few_that_it_does_not_break_among_many() -> None:
    required = {field.name: ITEM[field.name] for field in FIELDS if field.required}
    assert _judged([required]).broken == {}
    assert [breach.rule for breach in _judged([{}]).breaches] == ["missing_required"] * len(required)
