"""The words of evaluations and cards in Spanish and English, from gettext catalogues in `training/locale`."""

from __future__ import annotations

import gettext
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path

from babel import Locale
from babel.numbers import format_decimal, format_percent

from customs.evidence import Text
from features.catalogue import read_catalogue
from scoring.words import LANGUAGES

_FOLDER = Path(__file__).with_name("locale")


def sentence(key: str, language: str, **parts: str) -> str:
    """Give the sentence of a key with its parts, in `language` (es or en).

    >>> sentence("probes/passed", "en", count="5")
    'Leak probes passed: 5 of 5.'
    """
    return _words(language).gettext(key).format(**parts)


def text(key: str, **parts: str | Text) -> Text:
    """Give the sentence of a key in every language; a part may be one text for all of them.

    >>> text("card/none")["es"]
    'ninguna'
    """
    return {
        language: sentence(
            key,
            language,
            **{name: part if isinstance(part, str) else part[language] for name, part in parts.items()},
        )
        for language in LANGUAGES
    }


def each(make: Callable[[str], str]) -> Text:
    """Give in every language what a function makes of its name.

    >>> each(lambda language: percent(0.125, language))
    {'es': '12.5%', 'en': '12.5%'}
    """
    return {language: make(language) for language in LANGUAGES}


def measure_name(measure: str, language: str) -> str:
    """Give a measure in words.

    >>> measure_name("precision_at_5", "en"), measure_name("revenue_at_5", "es"), measure_name("auc", "en")
    ('precision at 5 % inspected', 'parte de la recaudación al inspeccionar el 5 %', 'AUC')
    """
    name, _, percents = measure.rpartition("_at_")
    if not name or not percents[:1].isdigit():
        return _named(f"measure/{measure}", measure.replace("_", " "), language)
    return sentence("measure/at", language, measure=measure_name(name, language), percent=percents)


def method_name(method: str, language: str) -> str:
    """Give the name of what ranks items; of a bundle its id.

    >>> method_name("random", "es"), method_name("9fe0bbe02ea379fc", "es")
    ('azar', '9fe0bbe02ea379fc')
    """
    return _named(f"method/{method}", method, language)


def attribute_name(attribute: str, language: str) -> str:
    """Give the name of an attribute by which items are grouped.

    >>> attribute_name("origin_region", "es")
    'región de origen'
    """
    return _named(f"attribute/{attribute}", attribute, language)


def group_name(attribute: str, group: str, language: str) -> str:
    """Give the name of a group: of a region its own, of a code the code.

    >>> group_name("origin_region", "030", "es"), group_name("importer_age", "new", "en")
    ('Asia del Este', 'new (up to 180 days)')
    """
    if attribute == "origin_region" and group.isdigit():
        return str(Locale.parse(LANGUAGES[language]).territories.get(group, group))
    return _named(f"group/{group}", group, language)


def percent(value: float, language: str) -> str:
    """Give a share in percent, by the habit of the language.

    >>> percent(0.125, "en")
    '12.5%'
    """
    return "–" if math.isnan(value) else str(format_percent(value, "#,##0.#%", locale=LANGUAGES[language]))


def number(value: float, language: str, digits: int = 2) -> str:
    """Give a number with as many decimals, by the habit of the language.

    >>> number(1234.5, "en", 1)
    '1,234.5'
    """
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return "–" if math.isnan(value) else str(format_decimal(value, pattern, locale=LANGUAGES[language]))


def floored(value: float, language: str, digits: int = 2) -> str:
    """Give a number that nothing lies below, with as many decimals: rounded down, lest it say too much.

    >>> floored(0.9869, "en"), floored(0.29, "en")
    ('0.98', '0.29')
    """
    if math.isnan(value):
        return number(value, language, digits)
    return number(math.floor(round(value * 10**digits, 9)) / 10**digits, language, digits)


def _named(key: str, name: str, language: str) -> str:
    found = _words(language).gettext(key)
    return name if found == key else found


@cache
def _words(language: str) -> gettext.GNUTranslations:
    return read_catalogue(_FOLDER, language, "evaluation")
