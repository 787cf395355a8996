"""Rules: what they match, and how a broken one is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from customs.lane import Lane
from features.columns import from_records
from selection.condition import Condition
from selection.default_rules import DEFAULT_RULES
from selection.errors import RuleError
from selection.facts import ItemFacts, facts_of, item_facts
from selection.rule_settings import Examples, RuleSettings
from selection.rules import RuleBook
from selection.settings import SelectionSettings
from tests.selection.some_declarations import declaration


def rule(**changes: Any) -> RuleSettings:
    fields: dict[str, Any] = {
        "name": "tobacco",
        "effect": "mandatory",
        "lane": "orange",
        "when": 'chapter == "24"',
        "owner": "Excise desk",
        "legal_basis": "Excise act, Article 1",
        "valid_from": date(2020, 1, 1),
        "examples": Examples(matching=({"hs_code": "240220"},), others=({},)),
    }
    return RuleSettings(**(fields | changes))


def test_the_settings_file_holds_the_default_rules() -> None:
    text = (Path(__file__).parents[2] / "configs" / "selection.yaml").read_text("utf-8")
    assert SelectionSettings(**yaml.safe_load(text)) == SelectionSettings()


def test_one_item_is_enough_for_a_mandatory_rule_and_the_strictest_rule_decides() -> None:
    verdict = RuleBook(DEFAULT_RULES).apply(
        declaration("D", {"hs_code": "610910", "origin_country": "ZZ"}, {"hs_code": "930200"})
    )
    assert (verdict.lane, verdict.rule, verdict.exempt) == (Lane.RED, "arms", False)
    assert set(verdict.matched) == {"arms", "origin_unknown"}


def test_a_declaration_is_exempt_only_if_every_item_is() -> None:
    book = RuleBook(DEFAULT_RULES)
    small: dict[str, object] = {"importer_aeo": 1.0, "cif": 10.0, "hs_code": "610910"}
    assert book.apply(declaration("D", small, small)).exempt
    assert not book.apply(declaration("D", small, small | {"cif": 5000.0})).exempt
    assert not book.apply(declaration("D", small, small | {"cif": None})).exempt


def test_a_mandatory_rule_beats_an_exemption() -> None:
    book = RuleBook(DEFAULT_RULES)
    item = {"importer_aeo": True, "cif": 10.0, "hs_code": "610910", "origin_country": "ZZ"}
    verdict = book.apply(declaration("D", item))
    assert (verdict.lane, verdict.exempt) == (Lane.ORANGE, False)
    assert set(verdict.matched) == {"origin_unknown", "trusted_low_value"}


@pytest.mark.parametrize(
    ("day", "matches"),
    [
        (date(2019, 12, 31), False),
        (date(2020, 1, 1), True),
        (date(2020, 6, 30), True),
        (date(2020, 7, 1), False),
    ],
)
def test_a_rule_holds_from_its_first_to_its_last_day(day: date, matches: bool) -> None:
    book = RuleBook([rule(valid_to=date(2020, 6, 30))])
    assert bool(book.apply(declaration("D", {"hs_code": "240220"}, day=day)).matched) is matches


@pytest.mark.parametrize(
    ("when", "item", "expected"),
    [
        ("cif > 5", {}, False),
        ("cif <= 5", {}, False),
        ("cif == 5", {}, False),
        ('"cif" in missing', {}, True),
        ('"cif" in missing', {"cif": 0.0}, False),
        ("cif > 5 or net_kg > 5", {"net_kg": 6.0}, True),
        ("cif / net_kg > 100", {"cif": 1000.0, "net_kg": 2.0}, True),
        ("cif / net_kg > 100", {"cif": 1000.0}, False),
        ("cif == 0.1", {"cif": 0.1}, True),
        ("importer_aeo", {}, False),
        ("importer_aeo", {"importer_aeo": 1.0}, True),
        ('brand == ""', {}, True),
        ('hs_code =~ "^8703"', {"hs_code": "870323"}, True),
        ('"incoterm" in warnings', {"warnings": ["incoterm"]}, True),
        ("transport_mode in [4, 5]", {"transport_mode": 4}, True),
        ('origin_country not in ["PE", "CL"]', {"origin_country": "BR"}, True),
    ],
)
def test_conditions_are_safe_against_what_is_missing(
    when: str, item: dict[str, object], expected: bool
) -> None:
    assert Condition("r", when).holds(item_facts(item)) is expected


@given(
    st.sampled_from(
        [
            'chapter == "24" or origin_country == "ZZ"',
            'importer_aeo and "cif" in missing',
            '[word for word in warnings if word =~ "^cif"].length > 0',
            "cif / net_kg > 100 or importer_aeo",
        ]
    ),
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "hs_code": st.sampled_from(["240220", "610910"]),
                "origin_country": st.sampled_from(["ZZ", "CL"]),
                "importer_aeo": st.booleans(),
                "cif": st.sampled_from([0.0, -0.0, 5.0, 1000.0]),
                "net_kg": st.sampled_from([0.0, 2.0]),
                "warnings": st.lists(st.sampled_from(["cif_components_differ", "zero_mass"])),
            },
        ),
        max_size=20,
    ),
)
def test_what_was_asked_before_changes_no_answer(when: str, asked: list[dict[str, object]]) -> None:
    condition = Condition("r", when)
    for item in asked:
        assert condition.holds(ItemFacts(item.get)) is Condition("r", when).holds(item_facts(item))


BROKEN = {
    "an unknown field": ({"when": 'hs_cod == "24"'}, "when", "did you mean hs_code"),
    "a field like no other": ({"when": 'qqqqqq == "24"'}, "when", "canonical declaration"),
    "a syntax error": ({"when": 'hs_code = "24"'}, "when", "syntax"),
    "text against a number": ({"when": 'cif > "5"'}, "when", "numbers with numbers"),
    "no condition": ({"when": "cif + 1"}, "when", "comparison"),
    "a clock": ({"when": '$now > d"2020-01-01"'}, "when", "rule-engine"),
    "an endless list": ({"when": "$range(100000000)"}, "when", "rule-engine"),
    "what fails on missing text": ({"when": 'hs_code[0] == "2"'}, "when", "missing text"),
    "a lane without need": ({"effect": "exempt"}, "lane", "leave it out"),
    "a mandatory rule without lane": ({"lane": None}, "lane", "lane: red"),
    "an end before its beginning": ({"valid_to": date(2019, 1, 1)}, "valid_to", "after valid_from"),
    "an example that does not match": (
        {"examples": Examples(matching=({"hs_code": "25"},), others=({},))}, "examples", "mend",
    ),
    "a counter-example that matches": (
        {"examples": Examples(matching=({"hs_code": "24"},), others=({}, {"hs_code": "24"}))},
        "examples", "mend",
    ),
    "an example with an unknown field": (
        {"examples": Examples(matching=({"hs_kode": "24"},), others=({},))}, "examples", "mean hs_code",
    ),
    "an example with a number for text": (
        {"examples": Examples(matching=({"hs_code": 24.0},), others=({},))}, "examples", "quote",
    ),
    "no counter-example": (
        {"examples": Examples(matching=({"hs_code": "24"},), others=())}, "examples", "one",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "remedy"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_told_with_its_name_field_and_remedy(
    changes: dict[str, Any], field: str, remedy: str
) -> None:
    with pytest.raises(RuleError) as refused:
        RuleBook([rule(**changes)])
    assert f"rule tobacco, field {field}" in str(refused.value)
    assert remedy in refused.value.remedy
    assert refused.value.exit_status == 2


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(RuleError, match="used twice"):
        RuleBook([rule(), rule()])


def test_a_rule_that_fails_on_an_item_counts_against_its_release() -> None:
    when = 'description != "" and description[3] == "x"'
    examples = Examples(matching=({"description": "abcx"},), others=({},))
    mandatory = RuleBook([rule(when=when, examples=examples)])
    exempting = RuleBook([rule(when=when, examples=examples, effect="exempt", lane=None)])
    short = declaration("D", {"description": "ab"})
    assert mandatory.apply(short).lane is Lane.ORANGE
    assert not exempting.apply(short).exempt


def test_the_version_is_that_of_the_rules() -> None:
    assert RuleBook([rule()]).version == RuleBook([rule()]).version
    assert RuleBook([rule()]).version != RuleBook([rule(owner="Another desk")]).version


def test_facts_of_columns_are_those_of_the_declared_items() -> None:
    item = {
        "declaration_id": "D1", "item_no": 1, "accepted_at": "2026-03-02T10:00:00-05:00", "office_id": "118",
        "importer_id": "T", "origin_country": "CL", "hs_code": "610910", "cif": 12.5, "importer_aeo": True,
    }  # fmt: skip
    columns = from_records([item, item | {"item_no": 2}], time_zone="America/Lima").columns
    columns["warnings"] = np.array([0, 0b101], dtype=np.uint64)
    facts = facts_of(columns, ("first", "second", "third"))
    assert (facts.declaration_id, facts.day) == ("D1", date(2026, 3, 2))
    assert facts.items[1]["warnings"] == ("first", "third")
    assert facts.items[0]["cif"] == item_facts(item | {"accepted_at": ""})["cif"]
    assert facts.items[0]["importer_aeo"] is True
    assert "net_kg" in str(facts.items[0]["missing"])
