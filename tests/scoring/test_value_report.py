"""The report on a declared value: where it lies, what it rests on, and the steps in both languages."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from babel.messages.pofile import read_po

import scoring
from features.local_time import date_of
from scoring.errors import WordsError
from scoring.value_report import Interval, Place, Step, interval_of, report_json, step_words, value_report
from scoring.words import LANGUAGES, told
from tests.scoring.scorers import declaration


def _with(**said):
    columns, history = declaration(3)
    columns = columns | {"cif": np.array([100.0, 100.0]), "net_kg": np.array([10.0, np.nan])}
    changed = {name.replace("__", "."): np.full(2, value) for name, value in said.items()}
    return columns, history | changed


def _places(columns, history, *ends):
    return value_report(columns, history, 0, Interval(1, *ends)).place


def test_a_declared_value_lies_below_within_or_above_its_interval_or_nothing_is_told():
    columns, history = _with()
    assert _places(columns, history, 101.0, 150.0, 200.0) is Place.BELOW
    assert _places(columns, history, 100.0, 150.0, 200.0) is Place.WITHIN
    assert _places(columns, history, 10.0, 20.0, 99.0) is Place.ABOVE
    assert _places(columns, history, None, None, None) is Place.UNTOLD


def test_within_the_interval_no_step_follows_and_without_one_none_either():
    columns, history = _with()
    for ends in ((50.0, 80.0, 200.0), (None, None, None)):
        assert len(value_report(columns, history, 0, Interval(1, *ends)).steps) == 1


@pytest.mark.parametrize(
    ("level", "case", "days"), [(2, "same_origin", 365), (3, "any_origin", 30), (0, "none", None)]
)
def test_a_doubt_names_its_comparables_how_many_of_what_days_and_whether_they_serve_a_method(
    level, case, days
):
    columns, history = _with(
        comparables__level=level,
        comparables__n=7 if level else 0,
        comparables__quarter=10_000,
        comparables__median=20_000,
        comparables__three_quarters=30_000,
        comparables__below=1,
        comparables__same=0,
    )
    found = value_report(columns, history, 0, Interval(1, 150.0, 200.0, 300.0))
    assert [step.code for step in found.steps] == [
        "interval/below", "ask", f"comparables/{case}", "other_methods",
    ]  # fmt: skip
    day = date_of(int(columns["customs_date"][0]))
    assert found.until == (None if days is None else day - timedelta(days=1))
    assert found.since == (None if days is None else day - timedelta(days=days))
    assert found.steps[2].parameters["compared"] == (7 if level else 0)


def test_every_step_has_words_in_both_languages_that_ask_for_its_figures():
    columns, history = _with(comparables__level=1, comparables__n=7)
    report = report_json(value_report(columns, history, 0, Interval(1, 150.0, 200.0, 300.0)))
    for step in report["steps"]:
        assert set(step["text"]) == set(LANGUAGES)
        assert "{" not in "".join(step["text"].values())
    assert "10 a kilogram" in report["steps"][0]["text"]["en"]


def test_both_languages_say_the_same_of_the_same_figures():
    spanish, english = (
        {one.id: {name for _, name, _, _ in Formatter().parse(one.string) if name} for one in _read(language)}
        for language in ("es", "en")
    )
    assert spanish == english


def test_a_step_without_words_is_refused():
    with pytest.raises(WordsError, match="no words"):
        step_words(Step("unheard_of", {}))
    with pytest.raises(WordsError, match="no words"):
        told("valuation", "unheard_of", {}, "es")


def test_an_interval_is_read_from_a_record_as_it_stands_there():
    held = {"item_no": 2, "value_low": "1e+300", "value_mid": 1.0, "value_high": None}
    assert interval_of(held) == Interval(2, 1e300, 1.0, None)


def _read(language):
    path = Path(scoring.__file__).parent / "locale" / language / "LC_MESSAGES" / "valuation.po"
    with path.open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]
