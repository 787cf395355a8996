"""Other headings: at most three, the likeliest first, each with the figures behind it."""

from __future__ import annotations

import pytest

from features.heading_facts import Facts, HeadingFacts, UnitValues
from scoring.headings import MOST, Heading, headings_of
from scoring.words import LANGUAGES, heading_words

NO_VALUES = UnitValues(0, 0, 0, 0, 0, 0, None)


def of(heading: str, **given) -> HeadingFacts:
    usual = {
        "items": 100, "importer_items": 0, "described": 100, "fit": 0.0, "tax_rate": 18.0,
        "unit_values": NO_VALUES,
    }  # fmt: skip
    return HeadingFacts(heading, **usual | given)


def facts(*headings: HeadingFacts) -> Facts:
    return Facts(20, sum(one.importer_items for one in headings), headings)


def others(*headings: HeadingFacts, corrections=None) -> list[str]:
    return [one.heading for one in headings_of(facts(*headings), "6403", corrections or {}).others]


def test_the_declared_heading_stands_apart_and_at_most_three_others_are_named():
    found = headings_of(facts(*(of(f"640{number}") for number in range(1, 7))), "6403", {})
    assert found.declared is not None
    assert found.declared.heading == "6403"
    assert len(found.others) == MOST == 3
    assert "6403" not in [one.heading for one in found.others]


@pytest.mark.parametrize(
    "more",
    [
        {"fit": 9.0},
        {"importer_items": 40},
        {"items": 5000},
        {"unit_values": UnitValues(100, 20000, 22000, 24000, 50, 4, 22000)},
    ],
)
def test_a_heading_that_something_speaks_for_comes_first(more):
    far = UnitValues(100, 60000, 62000, 64000, 0, 0, 22000)
    usual = {"unit_values": far} if "unit_values" in more else {}
    assert others(of("6403", **usual), of("6401", **usual), of("6404", **usual | more))[0] == "6404"


def test_what_was_found_in_place_of_the_declared_heading_comes_first():
    assert others(of("6401"), of("6402"), of("6404"), corrections={"6403": {"6404": 3}})[0] == "6404"
    assert others(of("6401"), of("6402"), of("6404"), corrections={"6405": {"6404": 3}})[0] == "6401"


def test_descriptions_that_are_too_few_say_nothing():
    found = headings_of(facts(of("6401", described=5, fit=50.0), of("6402", fit=1.0)), "6403", {})
    assert [one.heading for one in found.others] == ["6402", "6401"]
    assert found.others[1].fit is None


def test_corrections_that_are_not_known_are_no_zeroes():
    assert headings_of(facts(of("6404")), "6403", None).others[0].corrected is None
    assert headings_of(facts(of("6404")), "6403", {}).others[0].corrected == 0


def test_where_nothing_is_known_nothing_is_named():
    assert headings_of(facts(), "6403", {}).others == ()
    assert headings_of(facts(of("6403")), "6403", {}).others == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_evidence_is_said_in_words_whatever_is_missing(language):
    whole = Heading("6404", 92.5, 240, 8.5, 11.0, 14.25, 20.0, 3, 2, 30.6)
    bare = Heading("6404", None, 0, None, None, None, None, 0, None, None)
    for one in (whole, bare):
        said = heading_words(one, language)
        assert "6404" in said
        assert "None" not in said
        assert "{" not in said
