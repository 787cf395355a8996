"""Every reason has words in every language, and they ask for the figures it has."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from babel.messages.pofile import read_po

import scoring
from customs.reason import Reason
from scoring.errors import WordsError
from scoring.reasons import CATALOGUE, explain
from scoring.words import ANY_ORIGIN, LANGUAGES, NOTHING, render
from tests.scoring.scorers import declaration, scorer


def _catalogue(language):
    path = Path(scoring.__file__).parent / "locale" / language / "LC_MESSAGES" / "reasons.po"
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _reasons():
    """Every reason there can be."""
    parts = np.ones(len(scorer().recipe.names) + 1)
    return explain(scorer().recipe, parts, *declaration(2), 0, top=99)


def _placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_code_has_words_that_ask_only_for_its_figures(language):
    words = {message.id: message.string for message in _catalogue(language) if message.id}
    assert set(words) == {reason.code for reason in _reasons()} | {NOTHING, ANY_ORIGIN}
    for reason in _reasons():
        assert _placeholders(words[reason.code]) <= set(reason.parameters), reason.code


def test_both_languages_show_the_same_figures():
    spanish, english = (
        {message.id: _placeholders(message.string) for message in _catalogue(language) if message.id}
        for language in ("es", "en")
    )
    assert spanish == english


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_of_the_version_that_reasons_carry(language):
    assert _catalogue(language).version == CATALOGUE


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_written_whole(language):
    for reason in _reasons():
        sentence = render(reason, language)
        assert sentence.endswith(".")
        assert not {"{", "}", "None", "nan"} & set(sentence.replace(".", " ").split())
        assert "{" not in sentence


def test_numbers_are_written_by_the_habit_of_the_language_and_gaps_in_words():
    figures = {
        "unit_value": 1234.5, "comparables": 12345, "mean": 0.01239, "spread": None, "hs_code": "847130",
        "origins": "*",
    }  # fmt: skip
    english = render(Reason("unit_value", 0.1, figures, CATALOGUE), "en")
    assert "1,234.5 declared; 12,345 comparable items of 847130 (origin: any)" in english
    assert "mean of 0.0124 and spread by a factor of no data" in english
    spanish = render(Reason("unit_value", 0.1, figures, CATALOGUE), "es")
    assert "origen: cualquiera" in spanish
    assert "factor de sin dato" in spanish


@pytest.mark.parametrize(
    ("code", "language", "catalogue"),
    [("unheard", "en", CATALOGUE), ("origin", "qu", CATALOGUE), ("baseline", "en", "0")],
)
def test_what_has_no_words_is_refused_with_a_remedy(code, language, catalogue):
    with pytest.raises(WordsError) as refused:
        render(Reason(code, 0.1, {}, catalogue), language)
    assert refused.value.remedy


def test_a_declared_text_cannot_reach_into_the_sentence():
    figures = {"origin": "{departure.__class__}", "departure": "CN", "preference": None}
    assert "{departure.__class__}" in render(Reason("origin", 0.1, figures, CATALOGUE), "en")
