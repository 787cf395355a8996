"""The language of an answer: what the caller would like, of those there are."""

from __future__ import annotations

from typing import Any

from scoring.words import LANGUAGES

FIRST = next(iter(LANGUAGES))
"""Given to who asks for none that there is."""


def preferred(accept: str) -> str:
    """Give the language that an Accept-Language header (RFC 9110, 12.5.4) likes best.

    >>> preferred("fr, en-GB;q=0.8, es;q=0.5"), preferred(""), preferred("en;q=x, *;q=0.1")
    ('en', 'es', 'es')
    """
    liked = [_wish(part) for part in accept.split(",")]
    known = [(quality, language) for quality, language in liked if quality > 0 and language in LANGUAGES]
    return max(known, key=lambda wish: wish[0])[1] if known else FIRST


def in_language(value: Any, language: str) -> Any:
    """Give plain JSON with each text in one language instead of in all.

    >>> in_language({"items": [{"text": {"es": "sí", "en": "yes"}}]}, "en")
    {'items': [{'text': 'yes'}]}
    """
    if isinstance(value, dict):
        if value.keys() == LANGUAGES.keys():
            return value[language]
        return {name: in_language(inner, language) for name, inner in value.items()}
    if isinstance(value, list):
        return [in_language(inner, language) for inner in value]
    return value


def _wish(part: str) -> tuple[float, str]:
    name, _, parameter = part.strip().partition(";")
    quality = parameter.strip().lower().removeprefix("q=") or "1"
    language = name.strip().partition("-")[0].lower()
    try:
        return float(quality), language
    except ValueError:
        return 0.0, language
