"""The data dictionary can be read in Spanish: all of it, and nothing else is kept translated."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from features.dictionary import dictionary
from features.translation import DOMAIN, FOLDER, Say, english, spoken
from lifecycle.tables import NARROW, dictionary_table, entry_table
from tests.house.reference import dictionary_page, fields_page

UNTRANSLATED = re.compile(r"\b(the|of|with|than|only|days|items)\b")


def everything_said(say: Say) -> None:
    """Make all that there is to read of the dictionary: in the terminal, and as pages."""
    entries = dictionary(say=say)
    for width in (NARROW - 1, NARROW):
        dictionary_table(entries, width, say)
    for one in entries:
        entry_table(one, say)
    fields_page(say)
    dictionary_page(say, "fields.md")


def translations() -> dict[str, str]:
    with (FOLDER / "es" / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale="es") if one.id}


def test_every_text_of_the_dictionary_has_its_translation_and_no_translation_is_unused() -> None:
    asked = set()

    def say(text: str, **parts: str) -> str:
        asked.add(text)
        return english(text, **parts)

    everything_said(say)
    assert asked == translations().keys()


def test_a_translation_has_the_parts_of_its_text() -> None:
    for text, translated in translations().items():
        assert translated, text
        assert sorted(re.findall(r"{\w+}", translated)) == sorted(re.findall(r"{\w+}", text)), text


@pytest.mark.parametrize("name", ["importer.illicit_decayed", "origin_hs6.uv_sq", "comparables.median"])
def test_what_is_made_of_several_texts_is_spanish_throughout(name: str) -> None:
    (entry,) = [one for one in dictionary(say=spoken("es")) if one.name == name]
    assert not UNTRANSLATED.search(f"{entry.meaning} {entry.unit} {entry.known} {entry.kept}")


def test_a_text_without_a_translation_is_said_in_english() -> None:
    assert spoken("es")("new items of {whom}", whom="X") == "new items of X"
