"""What the data dictionary says, in other languages.

Its English stands beside what it speaks of, and is the key of the catalogues in `features/locale`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from features.catalogue import read_catalogue

Say = Callable[..., str]
"""Gives an English text in a language, its `{parts}` filled in by name."""

FOLDER, DOMAIN = Path(__file__).with_name("locale"), "dictionary"


def english(text: str, **parts: str) -> str:
    """Give a text as it stands, its parts filled in.

    >>> english("forgotten after {days} days", days="30")
    'forgotten after 30 days'
    """
    return text.format_map(parts)


@cache
def spoken(language: str) -> Say:
    """Give what says texts in `language` (es or en); one without a translation is said in English.

    >>> spoken("es")("forgotten after {days} days", days="30")
    'se olvida a los 30 días'
    """
    if language == "en":
        return english
    words = read_catalogue(FOLDER, language, DOMAIN)
    return lambda text, **parts: english(words.gettext(text), **parts)
