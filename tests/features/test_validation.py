"""Every rule accepts what it should and finds what it should; the file and the API say the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs.declaration import FIELD, FIELDS
from features.adapters import ADAPTERS
from features.columns import Reading, from_records
from features.local_time import instant_of
from features.outcome_columns import outcomes_from_records
from features.settings import IntakeSettings
from features.validation import RULES, WARNINGS, Level, Validation, unit_value_band, validate, warned
from features.validation_judgement import Judgement
from features.validation_outcome import OUTCOME_RULES, validate_outcomes
from features.validation_rule import Context, Rule
from tests.features.intake_examples import ITEM, NOW, csv_file, item, outcome

SETTINGS = IntakeSettings()

BROKEN: dict[str, list[list[Any]]] = {
    "malformed_row": [["no object"]],
    "unreadable_value": [
        [item(cif="abc")],
        [item(cif=True)],
        [item(cif=[1])],
        [item(hs_code=870323)],
        [item(brand="\ud800")],
        [item(importer_aeo=2)],
        [item(packages=1.5)],
        [item(accepted_at="5 March 2024")],
        [item(accepted_at="0001-01-01")],
        [item(quantity=10**400)],
    ],
    "number_not_finite": [[item(cif=float("nan"))], [item(net_kg=float("inf"))]],
    "instant_without_offset": [[item(accepted_at="2024-03-05T10:30:00")]],
    "missing_required": [
        [{name: value for name, value in ITEM.items() if name != field.name}]
        for field in FIELDS
        if field.required
    ]
    + [[item(importer_id=" ")], [item(importer_id="NA")]],
    "number_out_of_bounds": [
        [item(item_no=0)],
        [item(version=0)],
        [item(valuation_method=7)],
        [item(cif=9e306)],
        [item(adjustment=-2e15)],
        [item(net_kg=1e-10)],
    ],
    "text_too_long": [[item(declaration_id="D" * 65)], [item(description="d" * 2001)]],
    "hs_edition_unknown": [[item(hs_edition="2007")]],
    "accepted_in_future": [[item(accepted_at="2024-06-02T00:00:01Z")]],
    "hs_code_malformed": [[item(hs_code="87032")], [item(hs_code="8703.23")], [item(hs_code="87032322261")]],
    "hs_chapter_unused": [[item(hs_code="000000")], [item(hs_code="770100")]],
    "hs_chapter_national": [[item(hs_code="980100")], [item(hs_code="990100")]],
    "hs_code_not_listed": [[item(hs_code="870399")]],
    "hs_edition_superseded": [[item(hs_edition="2017")], [item(hs_edition="2012", accepted_at="2017-01-01")]],
    "country_unknown": [[item(origin_country="XX")], [item(departure_country="cn")]],
    "country_undetermined": [[item(origin_country="ZZ", preference_code=None)]],
    "unit_unknown": [[item(unit="kilo")]],
    "transport_mode_unknown": [[item(transport_mode=10)], [item(transport_mode=-1)]],
    "incoterm_unknown": [[item(incoterm="C&F")]],
    "currency_unknown": [[item(currency="US$")]],
    "container_check_digit": [[item(container_id="CSQU3054384")], [item(container_id="loose")]],
    "tax_number_check_digit": [[item(importer_id="20512333798")]],
    "preference_misfit": [[item(preference_code="CAN")], [item(preference_code="US")]],
    "negative_amount": [[item(cif=-0.01)], [item(net_kg=-1)], [item(packages=-1)], [item(tax_rate_pct=-1)]],
    "net_above_gross": [[item(net_kg=2102.2)]],
    "cif_components_differ": [[item(cif=10051.0)], [item(adjustment=-500.0)]],
    "taxes_differ": [[item(total_taxes=1819.0)], [item(tax_rate_pct=0.0)]],
    "fx_rate_off": [[item(fx_rate=1.02)]],
    "invoice_differs": [[item(invoice_amount=9200.0)], [item(incoterm="CIF", invoice_amount=9000.0)]],
    "paid_freight_absent": [[item(incoterm="CIF", freight=0.0)], [item(incoterm="DAP", freight=None)]],
    "freight_to_add_absent": [[item(incoterm="EXW", freight=0.0)]],
    "paid_insurance_absent": [[item(incoterm="CIF", insurance=0.0)]],
    "net_gross_low": [[item(net_kg=419.0)]],
    "zero_mass": [[item(net_kg=0.0)], [item(gross_kg=0.0, net_kg=None)]],
    "zero_quantity": [[item(quantity=0)]],
    "zero_value": [[item(cif=0.0)], [item(fob=0.0)]],
    "duplicate_with_other_content": [[item(), item(cif=10001.0)]],
}

SOUND: dict[str, list[list[Any]]] = {
    "net_above_gross": [[item(net_kg=2102.0)]],
    "cif_components_differ": [
        [item(cif=10050.0)],
        [item(fob=None)],
        [item(cif=1.5, fob=0.5, freight=None, insurance=None)],
    ],
    "taxes_differ": [
        [item(total_taxes=1818.0)],
        [item(tax_rate_pct=754.0, total_taxes=75400.0)],
        [item(total_taxes=5.0, specific_duties=True)],
    ],
    "fx_rate_off": [[item(currency="EUR", fx_rate=1.1)]],
    "invoice_differs": [
        [item(incoterm="EXW", invoice_amount=5.0)],
        [item(incoterm="CIF", invoice_amount=1e4)],
    ],
    "accepted_in_future": [[item(accepted_at="2024-06-02T00:00:00Z")]],
    "tax_number_check_digit": [[item(importer_id="QLRUBN9")]],
    "country_unknown": [[item(origin_country="NA", preference_code=None)]],
    "preference_misfit": [[item(preference_code="X-17")]],
    "duplicate_with_other_content": [
        [item(), item()],
        [item(), item(known_at="2024-04-02")],
        [item(), item(version=2, cif=1.0)],
    ],
    "hs_code_not_listed": [[item(hs_code="0101291000")]],
    "hs_edition_superseded": [
        [item(hs_edition="2017", accepted_at="2021-12-31")],
        [item(hs_edition=None, accepted_at="2016-12-31")],
    ],
    "missing_required": [[{field.name: ITEM[field.name] for field in FIELDS if field.required}]],
}

OUTCOME_BROKEN: dict[str, dict[str, Any]] = {
    "unreadable_value": {"illicit": "yes"},
    "number_not_finite": {"additional_revenue": float("inf")},
    "instant_without_offset": {"result_at": "2024-03-12T09:00:00"},
    "missing_required": {"result_at": None},
    "text_too_long": {"officer_id": "O" * 65},
    "number_out_of_bounds": {"version": 0},
    "outcome_code_unknown": {"finding": "smuggling"},
    "illicit_against_finding": {"illicit": 0},
    "probability_out_of_range": {"p_physical": 0.0},
    "result_in_future": {"result_at": "2024-07-01"},
    "negative_amount": {"assessed_cif": -1.0},
    "hs_code_malformed": {"assessed_hs_code": "87"},
    "country_unknown": {"assessed_origin": "XX"},
}


def judged(items: Sequence[object], history: dict[str, Any] | None = None) -> Validation:
    reading = from_records(items)
    return validate(reading.columns, SETTINGS, NOW, unreadable=reading.unreadable, history=history)


def broken_by(items: Sequence[object]) -> set[str]:
    return set(judged(items).broken)


def outcome_verdict(*outcomes: dict[str, Any]) -> Judgement:
    reading: Reading = outcomes_from_records(outcomes)
    return validate_outcomes(reading.columns, SETTINGS, NOW, unreadable=reading.unreadable)


def test_the_example_breaks_no_rule() -> None:
    verdict = judged([ITEM])
    assert verdict.broken == {}
    assert not verdict.refused.any()
    assert verdict.warnings.tolist() == [0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_passes_each_rule_alone(rule: Rule) -> None:
    columns = from_records([ITEM]).columns
    assert rule.mask(columns, Context(SETTINGS, instant_of(NOW))).tolist() == [False]


def test_every_rule_has_an_example_that_breaks_it() -> None:
    assert {rule.name for rule in RULES} == {*BROKEN, "unit_value_outside_band"}
    assert {rule.name for rule in OUTCOME_RULES} == {
        *OUTCOME_BROKEN,
        "malformed_row",
        "duplicate_with_other_content",
    }


@pytest.mark.parametrize(
    ("rule", "items"), [(rule, items) for rule, examples in BROKEN.items() for items in examples]
)
def test_a_broken_rule_is_found_by_its_name(rule: str, items: list[Any]) -> None:
    level = next(each.level for each in RULES if each.name == rule)
    verdict = judged(items)
    assert rule in verdict.broken
    if level is Level.ERROR:
        assert verdict.refused[-1]
        assert any(breach.rule == rule and breach.remedy for breach in verdict.breaches)
    else:
        assert not verdict.refused.any()
        assert rule in warned(int(verdict.warnings[-1]))


@pytest.mark.parametrize(
    ("rule", "items"), [(rule, items) for rule, examples in SOUND.items() for items in examples]
)
def test_a_sound_row_passes_the_rule(rule: str, items: list[Any]) -> None:
    assert rule not in broken_by(items)


def test_the_bits_of_warnings_name_every_rule_that_warns_and_fit_a_word() -> None:
    assert set(WARNINGS) == {rule.name for rule in RULES if rule.level is Level.WARNING}
    assert len(WARNINGS) == len(set(WARNINGS)) <= 64


def test_each_rule_says_what_it_means_and_what_to_do() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    for rule in RULES:
        assert rule.meaning
        assert rule.remedy
        assert set(rule.fields) <= {*FIELD, ""}


def test_a_value_that_cannot_be_read_is_reported_once() -> None:
    assert [breach.rule for breach in judged([item(cif="abc")]).breaches] == ["unreadable_value"]
    assert [breach.rule for breach in judged(["no object"]).breaches] == ["malformed_row"]


def test_a_breach_names_the_field_and_the_value() -> None:
    (breach,) = judged([ITEM, item(item_no=2, freight=-800.0)]).breaches
    assert (breach.row, breach.field, breach.value) == (1, "freight", "-800.0")


def test_a_refused_row_does_not_make_a_later_one_a_duplicate() -> None:
    verdict = judged([item(cif=-1.0), item()])
    assert verdict.refused.tolist() == [True, False]
    assert not verdict.repeated.any()


def test_the_same_row_twice_is_a_repetition() -> None:
    assert judged([item(brand=None), item(brand=None)]).repeated.tolist() == [False, True]


def test_the_band_of_unit_values_is_as_wide_as_its_history() -> None:
    unit_value = round(1e4 * np.log(5.0))
    history = {
        f"{entity}.{name}": np.array(values)
        for entity, n in (("origin_hs6", 5), ("hs6", 400))
        for name, values in (
            ("uv_n", [n, n]),
            ("uv_sum", [n * unit_value] * 2),
            ("uv_sq", [n * (unit_value**2 + 2000**2)] * 2),
        )
    }
    items = [item(), item(item_no=2, net_kg=1000.0, gross_kg=1000.0)]
    assert judged(items, history).broken == {"unit_value_outside_band": 1}
    reading = from_records(items)
    assert unit_value_band(reading.columns, history).tolist() == [False, True]
    unknown = {name: np.minimum(values, 5) for name, values in history.items()}
    assert not unit_value_band(reading.columns, unknown).any()


@pytest.mark.parametrize(("rule", "change"), OUTCOME_BROKEN.items())
def test_a_broken_outcome_is_refused_by_name(rule: str, change: dict[str, Any]) -> None:
    verdict = outcome_verdict(outcome(**change))
    assert verdict.refused.tolist() == [True]
    assert rule in verdict.broken


def test_a_sound_outcome_passes_and_a_contradicting_one_is_refused() -> None:
    assert outcome_verdict(outcome(), outcome(version=2, withdrawn=True)).broken == {}
    assert outcome_verdict(outcome(finding="none", illicit=0)).broken == {}
    verdict = outcome_verdict(outcome(), outcome(additional_revenue=0.0))
    assert verdict.broken == {"duplicate_with_other_content": 1}


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
DATES = """
2024-03-05 2024-03-05T10:30:00-05:00 2024-03-05T10:30:00 2024-03-05T10:30Z 2024-13-05 x 02024-1-1 2030-01-01
2024-03-05T10:30:61-05:00 2024-03-05T10:30:00.5+00:00 1899-01-01 1899-12-31T23:59:59-05:00
"""
SOME = {
    "declaration_id": st.sampled_from(["D1", "D2", " D2 ", "NA"]),
    "item_no": st.integers(-1, 3),
    "version": st.integers(1, 2),
    "accepted_at": st.sampled_from(DATES.split()),
    "importer_id": TEXT,
    "description": TEXT,
    "brand": st.sampled_from(["NaN", "null", " a\u2003", "\x1f", "ñ", '"', "a,b\nc"]),
    "hs_code": st.sampled_from(["010129", "10129", "000000", "98010000", "8703232226", "８７０３２３"]),
    "origin_country": st.sampled_from(["NA", "CN", "ZZ", "XX", "cn"]),
    "incoterm": st.sampled_from(["FOB", "CIF", "XYZ"]),
    "importer_aeo": st.booleans(),
    "packages": st.integers(-1, 5) | st.sampled_from([2**60, 10**25]),
    "net_kg": st.floats(-1, 1e6) | st.just(0),
    "gross_kg": st.floats(0, 1e6),
    "cif": st.floats(allow_nan=False, allow_infinity=False),
    "freight": st.floats(0, 100),
    "total_taxes": st.floats(0, 100),
    "tax_rate_pct": st.sampled_from([0.0, 10, 754.5]),
}
ITEMS = st.fixed_dictionaries(
    {"office_id": st.just("118")}, optional={name: st.none() | values for name, values in SOME.items()}
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.builds(lambda change: {**ITEM, **change}, ITEMS), min_size=1, max_size=4))
def test_the_file_and_the_api_say_the_same_of_the_same_items(items: list[dict[str, Any]]) -> None:
    by_api = from_records(items)
    said_by_api = validate(by_api.columns, SETTINGS, NOW, unreadable=by_api.unreadable)
    with TemporaryDirectory() as folder:
        path = csv_file(Path(folder) / "items.csv", items)
        (chunk,) = ADAPTERS["canonical"].read(path, SETTINGS)
    by_file = chunk.items
    said_by_file = validate(by_file.columns, SETTINGS, NOW, unreadable=by_file.unreadable)
    assert said_by_file.refused.tolist() == said_by_api.refused.tolist()
    assert said_by_file.repeated.tolist() == said_by_api.repeated.tolist()
    assert said_by_file.warnings.tolist() == said_by_api.warnings.tolist()
    assert said_by_file.broken == said_by_api.broken
    told = [
        [(each.row, each.field, each.rule) for each in said.breaches] for said in (said_by_api, said_by_file)
    ]
    assert told[0] == told[1]
    for name, values in by_api.columns.items():
        np.testing.assert_array_equal(values, by_file.columns[name], err_msg=name)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats() | st.none(), min_size=1, max_size=5))
def test_a_parquet_file_and_the_api_read_the_same_numbers(numbers: list[float | None]) -> None:
    items = [item(item_no=place, cif=number) for place, number in enumerate(numbers, 1)]
    by_api = judged(items)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "items.parquet"
        pl.DataFrame(items, schema_overrides={"cif": pl.Float64}).write_parquet(path)
        (chunk,) = ADAPTERS["canonical"].read(path, SETTINGS)
    by_file = validate(chunk.items.columns, SETTINGS, NOW, unreadable=chunk.items.unreadable)
    assert by_file.broken == by_api.broken
    assert by_file.warnings.tolist() == by_api.warnings.tolist()


@pytest.mark.parametrize(
    ("changed", "rule", "remedy"),
    [
        ({"valuation_method": 9}, "number_out_of_bounds", "1 to 6"),
        ({"tax_rate_pct": 10_000.5}, "number_out_of_bounds", "at most 10,000"),
        ({"cif": 1e16}, "number_out_of_bounds", "between 1e-9 and 1e15"),
        ({"cif": "abc"}, "unreadable_value", "digits, with a decimal point"),
        ({"accepted_at": "2024-02-30"}, "unreadable_value", "a day that there is"),
        ({"valuation_method": "x"}, "unreadable_value", "whole number"),
    ],
)
def test_the_remedy_is_that_of_the_field(changed: dict[str, Any], rule: str, remedy: str) -> None:
    reading = from_records([item(**changed)])
    verdict = validate(reading.columns, IntakeSettings(), NOW, unreadable=reading.unreadable)
    (breach,) = [one for one in verdict.breaches if one.rule == rule]
    assert breach.field in changed
    assert remedy in breach.remedy
