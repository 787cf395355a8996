"""Reasons in words: Spanish and English, from gettext catalogues in `scoring/locale`.

A reason is kept as code, figures and version of the catalogue; words are made at the edge, in the language of
who reads. The catalogues are text (.po) and compiled in memory.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from customs.reason import Reason
from scoring.errors import WordsError
from scoring.figures import KINDS
from scoring.reasons import CATALOGUE

LANGUAGES: Mapping[str, str] = {"es": "es_419", "en": "en"}
"""Languages, and the locale by whose habit their numbers are written."""

NOTHING, ANY_ORIGIN = "nothing", "any_origin"
_FOLDER = Path(__file__).with_name("locale")


def render(reason: Reason, language: str) -> str:
    """Give the sentence of a reason in `language` (es or en); WordsError for an unknown code or catalogue.

    >>> figures = {"known": 12, "illicit": 3, "rate": 25.0, "usual": 4.1}
    >>> render(Reason("importer_record", 0.8, figures, CATALOGUE), "en")
    'Record of the importer: 3 of 12 inspected items were irregular (25%; of all importers 4.1%).'
    """
    if reason.catalogue != CATALOGUE:
        raise WordsError(
            f"the words of catalogue {reason.catalogue!r} are not here",
            remedy=f"read the record with the release that has it; this one has {CATALOGUE!r}",
        )
    words = _words(language)
    if words.gettext(reason.code) == reason.code:
        raise WordsError(f"reason {reason.code!r} has no words", remedy="add it to scoring/locale")
    return words.gettext(reason.code).format_map(
        {name: _written(name, value, language) for name, value in reason.parameters.items()}
    )


def _written(name: str, value: float | str | None, language: str) -> str:
    if value is None:
        return _words(language).gettext(NOTHING)
    if isinstance(value, str):
        return _words(language).gettext(ANY_ORIGIN) if (name, value) == ("origins", "*") else value
    plain = f"{value:,.0f}" if KINDS.get(name) == "count" else f"{value:,.{_digits(value)}f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return plain.translate(_marks(language))


def _digits(value: float) -> int:
    """Give the decimals that leave three figures of a small value."""
    return 2 if abs(value) >= 1 or value == 0 else 4


@cache
def _marks(language: str) -> dict[int, str]:
    symbols = Locale.parse(LANGUAGES[language]).number_symbols["latn"]
    return str.maketrans({".": str(symbols["decimal"]), ",": str(symbols["group"])})


@cache
def _words(language: str) -> gettext.GNUTranslations:
    if language not in LANGUAGES:
        raise WordsError(
            f"language {language!r} is not known", remedy=f"choose one of {', '.join(LANGUAGES)}"
        )
    compiled = BytesIO()
    with (_FOLDER / language / "LC_MESSAGES" / "reasons.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
