"""Reasons in words: Spanish and English, from gettext catalogues in `scoring/locale`.

A reason is kept as code, figures and version of the catalogue; words are made at the edge, in the language of
who reads. The catalogues are text (.po) and compiled in memory.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter

from babel import Locale

from customs.reason import Reason
from features.catalogue import read_catalogue
from scoring.errors import WordsError
from scoring.figure_kinds import KINDS, Kind
from scoring.headings import Heading
from scoring.reasons import CATALOGUE
from scoring.row import Parameters

LANGUAGES: Mapping[str, str] = {"es": "es_419", "en": "en"}
"""Languages, and the locale by whose habit their numbers are written."""

NOTHING, ANY_ORIGIN, PERCENT, UNREAD = "nothing", "any_origin", "percent", "unread"

_LEADS: Mapping[str, str] = {
    "importer_record": "known", "declarant_record": "known", "seller_record": "known",
    "relation_record": "known", "office_commodity_record": "known", "origin_commodity_record": "known",
    "commodity": "known", "novelty": "days", "unit_value": "median", "wording": "fit", "missing": "fields",
    "warnings": "rules", "market_price": "market_mid", "company": "registered_on",
    "exchange_rate": "official_rate", "tariff": "general_rate", "preference": "covered",
    "watch_list": "severity",
}  # fmt: skip
"""The figure without which a reason has another sentence: CODE/none, or CODE/zero where it is 0."""
_OF_ITSELF = frozenset(("declaration_shape", "mass", "procedure", "missing", "warnings", "other", "baseline"))
"""Codes whose sentence says nothing of histories or reference tables."""
_EXACT = 2**53
_FOLDER = Path(__file__).with_name("locale")


def render(reason: Reason, language: str, *, unread: bool = False) -> str:
    """Give the sentence of a reason in `language` (es or en); WordsError for an unknown code or catalogue.

    With `unread` histories and reference tables could not be read: a sentence that rests on them says so
    first, for it knows nothing of what they may hold.

    >>> figures = {"known": 12, "illicit": 3, "rate": 25.0, "usual": 4.1}
    >>> render(Reason("office_commodity_record", 0.8, figures, CATALOGUE), "en")
    'This heading at this office: 3 irregular of 12 inspected items (25%; of all inspected items 4.1%).'
    """
    return _rendered(reason, language, _numbers(reason.parameters), unread=unread)


def sentences(reason: Reason, *, unread: bool = False) -> dict[str, str]:
    """Give the sentence of a reason in each language, as `render` does.

    >>> list(sentences(Reason("baseline", -2.0, {}, CATALOGUE)))
    ['es', 'en']
    """
    digits = _numbers(reason.parameters)
    return {language: _rendered(reason, language, digits, unread=unread) for language in LANGUAGES}


def _rendered(reason: Reason, language: str, digits: Mapping[str, str], *, unread: bool) -> str:
    if reason.catalogue != CATALOGUE:
        raise WordsError(
            f"the words of catalogue {reason.catalogue!r} are not here",
            remedy=f"read the record with the release that has it; this one has {CATALOGUE!r}",
        )
    figures = reason.parameters
    lead = figures.get(_LEADS.get(reason.code, ""), "")
    case = "/none" if lead is None else "/zero" if lead == 0 else ""
    template = _template(reason.code, case, language)
    sentence = template.words % tuple(_texts(template.figures, figures, language, digits))
    if None in figures.values():
        sentence = _unknown_of_unknown(language).sub(_words(language).gettext(NOTHING), sentence)
    if not unread or reason.code in _OF_ITSELF:
        return sentence
    return f"{_words(language).gettext(UNREAD)} {sentence}"


def told(catalogue: str, code: str, parameters: Parameters, language: str) -> str:
    """Give the sentence of a code of another catalogue of `scoring/locale`; WordsError where it has none.

    >>> told("valuation", "ask", {}, "en")[:27]
    'Ask the importer to explain'
    """
    sentence = _words(language, catalogue).gettext(code)
    if sentence == code:
        raise WordsError(
            f"{code!r} has no words in {language!r}", remedy=f"add it to {catalogue}.po of scoring/locale"
        )
    return sentence.format_map(_Written(parameters, language))


def check_words(codes: Iterable[str]) -> None:
    """Raise WordsError, naming it, for a reason code that has no sentence in some language.

    >>> check_words(["unit_value", "ring"])
    """
    for code in dict.fromkeys(codes):
        for language in LANGUAGES:
            _sentence(code, "", language)


@lru_cache(maxsize=2_048)
def warning(rule: str, language: str, successors: int = 0, successor: str = "") -> str:
    """Give what a broken rule of intake means; of a code of an older edition also what became of it.

    `successors` counts the codes that it is in the newest edition, `successor` is the one if there is one.

    >>> warning("zero_mass", "es")
    'un peso es cero'
    >>> warning("hs_edition_superseded", "en", 1, "240412").partition("; ")[2]
    'in HS 2022 it is 240412'
    """
    words, special = _words(language), f"{rule}/{'one' if successor else 'several'}"
    found = words.gettext(special) if successors else special
    if found == special:
        return words.gettext(rule)
    return found.format(successors=successors, successor=successor)


@cache
def kind_words(kind: str, language: str) -> str:
    """Give a kind of finding in words.

    >>> kind_words("ip", "en"), kind_words("origin", "es")
    ('intellectual property', 'origen')
    """
    return _words(language).gettext(f"kind/{kind}")


@cache
def kinds_words(language: str, *, learnt: bool) -> str:
    """Give what the probabilities of kinds of finding rest on.

    >>> kinds_words("en", learnt=True).partition(";")[0]
    'By what past findings of each kind have in common'
    """
    return _words(language).gettext("kinds/learnt" if learnt else "kinds/rates")


def heading_words(heading: Heading, language: str) -> str:
    """Give the evidence for a heading in a sentence.

    >>> heading_words(Heading("6404", 92.0, 240, 8.5, 11.0, 14.2, 20.0, 3, 2, 30.6), "en")[:57]
    'Heading 6404: 2 past findings in place of the declared he'
    """
    return _words(language).gettext("other_heading").format_map(_Written(vars(heading), language))


@cache
def _sentence(code: str, case: str, language: str) -> str:
    """Give the sentence of a code, or the one for its special case where there is such a sentence."""
    words = _words(language)
    if words.gettext(code) == code:
        raise WordsError(
            f"reason code {code!r} has no words in {language!r}",
            remedy="take one of the codes in scoring/locale/LANGUAGE/LC_MESSAGES/reasons.po, or add it there",
        )
    special = words.gettext(f"{code}{case}")
    return words.gettext(code) if special == f"{code}{case}" else special


@dataclass(frozen=True)
class _Template:
    """A sentence with `%s` for each figure in it: its name, its kind and what stands behind it."""

    words: str
    figures: tuple[tuple[str, Kind | None, str], ...]


@cache
def _template(code: str, case: str, language: str) -> _Template:
    words, figures = "", list[tuple[str, Kind | None, str]]()
    for plain, name, _, _ in Formatter().parse(_sentence(code, case, language)):
        words += plain.replace("%", "%%")
        if name is not None:
            words += "%s"
            figures.append(_asked(name, language))
    return _Template(words, tuple(figures))


@dataclass(frozen=True)
class _Written:
    """Figures in words as a sentence asks for them; those that it does not name are not written."""

    figures: Mapping[str, float | str | None]
    language: str

    def __getitem__(self, name: str) -> str:
        """Give a figure in words."""
        digits = _numbers({name: self.figures[name]})
        (text,) = _texts([_asked(name, self.language)], self.figures, self.language, digits)
        return text


def _texts(
    asked: Iterable[tuple[str, Kind | None, str]],
    figures: Mapping[str, float | str | None],
    language: str,
    digits: Mapping[str, str],
) -> list[str]:
    """Give figures in words: one loop, for a million items have a hundred million of them.

    `digits` holds the numbers among them, which are the same for every language but for their marks.
    """
    texts, marks = [], _marks(language)
    for name, kind, behind in asked:
        number = digits.get(name)
        if number is None:
            value = figures[name]
            texts.append(_text(value, kind, language) if isinstance(value, str) else _nothing(name, language))
        elif marks:
            texts.append(number.translate(marks) + behind)
        else:
            texts.append(number + behind)
    return texts


def _numbers(figures: Mapping[str, float | str | None]) -> dict[str, str]:
    """Give the numbers among figures as they are written, without what stands behind them."""
    return {
        name: _number(value, KINDS.get(name))
        for name, value in figures.items()
        if value is not None and not isinstance(value, str)
    }


@cache
def _asked(name: str, language: str) -> tuple[str, Kind | None, str]:
    """Give the name of a figure, its kind, and what stands behind its number."""
    kind = KINDS.get(name)
    behind = _percent(language) if kind == "percent" else " kg" if kind == "mass" else ""
    return name, kind, behind


@cache
def _unknown_of_unknown(language: str) -> re.Pattern[str]:
    """What is said of two figures that are both missing, one of the other: it is enough once."""
    nothing = re.escape(_words(language).gettext(NOTHING))
    return re.compile(f"{nothing} (?:de|of) {nothing}")


@cache
def _nothing(name: str, language: str) -> str:
    words = _words(language)
    special = words.gettext(f"{NOTHING}/{name}")
    return special if special != f"{NOTHING}/{name}" else words.gettext(NOTHING)


@cache
def _percent(language: str) -> str:
    """Give what stands behind a number of percent."""
    return _words(language).gettext(PERCENT).removeprefix("{number}")


def _text(value: str, kind: Kind | None, language: str) -> str:
    if kind == "country":
        return _country(value, language)
    return ", ".join(map(_words(language).gettext, value.split(", "))) if kind == "words" else value


@lru_cache(maxsize=2_048)
def _country(code: str, language: str) -> str:
    if code == "*":
        return _words(language).gettext(ANY_ORIGIN)
    name = Locale.parse(LANGUAGES[language]).territories.get(code)
    return f"{name} ({code})" if name else code


def _number(value: float, kind: Kind | None) -> str:
    if type(value) is int and -_EXACT < value < _EXACT:
        return f"{value:,}"
    plain = f"{value:,.0f}" if kind == "count" else f"{value:,.{_digits(value)}f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _digits(value: float) -> int:
    """Give the decimals that leave three figures of a small value."""
    return 2 if abs(value) >= 1 or value == 0 else 4


@cache
def _marks(language: str) -> dict[int, str]:
    """Give what stands for point and comma in numbers, where it is not these."""
    symbols = Locale.parse(LANGUAGES[language]).number_symbols["latn"]
    marks = {".": str(symbols["decimal"]), ",": str(symbols["group"])}
    return str.maketrans({mark: own for mark, own in marks.items() if mark != own})


@cache
def _words(language: str, catalogue: str = "reasons") -> gettext.GNUTranslations:
    if language not in LANGUAGES:
        raise WordsError(
            f"language {language!r} is not known", remedy=f"choose one of {', '.join(LANGUAGES)}"
        )
    return read_catalogue(_FOLDER, language, catalogue)
