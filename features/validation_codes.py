"""Rules about codes: goods, countries, units, modes, terms, containers, tax numbers, preferences."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from features.codes.countries import UNDETERMINED, countries
from features.codes.currencies import currencies
from features.codes.hs import NATIONAL_CHAPTERS, SUPERSEDED, UNUSED_CHAPTERS, is_hs_code, subheadings_2022
from features.codes.incoterms import INCOTERMS
from features.codes.numbers import is_container, is_false_tax_number
from features.codes.preferences import fits
from features.codes.transport import TRANSPORT_MODES
from features.codes.units import UNITS
from features.validation_rule import Check, Context, Level, Rule, each, where_text, where_texts

_COUNTRIES = ("departure_country", "origin_country")
_FIRST_MODE, _LAST_MODE = min(TRANSPORT_MODES), max(TRANSPORT_MODES)


def _goods_code(rule: str) -> Check:
    return lambda values, _: where_text(values["hs_code"], lambda code: _broken_by(code) == rule)


@lru_cache(maxsize=16_384)
def _broken_by(code: str) -> str:
    """The one rule about goods codes that a code breaks, if it breaks one."""
    if not is_hs_code(code):
        return "hs_code_malformed"
    if code[:2] in UNUSED_CHAPTERS:
        return "hs_chapter_unused"
    if code[:2] in NATIONAL_CHAPTERS:
        return "hs_chapter_national"
    return "" if code[:6] in subheadings_2022() else "hs_code_not_listed"


def _superseded(values: Any, _: Context) -> Any:
    edition, day = values["hs_edition"], values["customs_date"]
    older = (where_text(edition, name.__eq__) & (day >= since) for name, since in SUPERSEDED.items())
    return reduce(or_, older)


def _unknown_country(texts: Any) -> Any:
    known = countries()
    return where_text(texts, lambda text: text not in known and text != UNDETERMINED)


def _undetermined_country(texts: Any) -> Any:
    return where_text(texts, UNDETERMINED.__eq__)


def _unknown_mode(values: Any, _: Context) -> Any:
    mode = values["transport_mode"]
    return (mode < _FIRST_MODE) | (mode > _LAST_MODE)


def _outside(name: str, listed: Callable[[], Container[str]]) -> Check:
    """A check that a code is in its list."""

    def check(values: Any, _: Context) -> Any:
        known = listed()
        return where_text(values[name], lambda text: text not in known)

    return check


def _false_container(values: Any, _: Context) -> Any:
    return where_text(values["container_id"], lambda text: not is_container(text))


def _false_tax_number(values: Any, context: Context) -> Any:
    administration = context.settings.administration
    return where_text(values["importer_id"], lambda text: is_false_tax_number(text, administration))


def _misfit_preference(values: Any, context: Context) -> Any:
    further = context.settings.preferences
    return where_texts(
        values["preference_code"],
        values["origin_country"],
        lambda preference, origin: not fits(preference, origin, further),
    )


CODE_RULES: tuple[Rule, ...] = (
    Rule(
        "hs_code_malformed",
        Level.ERROR,
        ("hs_code",),
        "hs_code is not 6 to 10 digits",
        "write the code as text, digits only, with its leading zeros",
        _goods_code("hs_code_malformed"),
    ),
    Rule(
        "hs_chapter_unused",
        Level.ERROR,
        ("hs_code",),
        "chapter 00 or 77, which the Harmonized System does not use",
        "check the first two digits; a lost leading zero shifts them",
        _goods_code("hs_chapter_unused"),
    ),
    Rule(
        "hs_chapter_national",
        Level.WARNING,
        ("hs_code",),
        "chapter 98 or 99, reserved for national use",
        "nothing to mend; the item is kept out of models by HS6",
        _goods_code("hs_chapter_national"),
    ),
    Rule(
        "hs_code_not_listed",
        Level.WARNING,
        ("hs_code",),
        "the first six digits are not in the list of HS 2022, the one known here",
        "check the code; in an older edition it may be right",
        _goods_code("hs_code_not_listed"),
    ),
    Rule(
        "hs_edition_superseded",
        Level.WARNING,
        ("hs_edition",),
        "the code is of an edition of the Harmonized System older than the one in force",
        "declare the code of the edition in force: a decision names it where hs_correlation tells it",
        _superseded,
    ),
    Rule(
        "country_unknown",
        Level.ERROR,
        _COUNTRIES,
        "a country is not in ISO 3166-1",
        "write the two-letter code in capitals, ZZ where it is unknown",
        each(dict.fromkeys(_COUNTRIES, _unknown_country)),
    ),
    Rule(
        "country_undetermined",
        Level.WARNING,
        _COUNTRIES,
        "a country is ZZ, unknown",
        "ask for the origin",
        each(dict.fromkeys(_COUNTRIES, _undetermined_country)),
    ),
    Rule(
        "unit_unknown",
        Level.WARNING,
        ("unit",),
        "unit is not in Recommendation 20",
        "use its code, as KGM or H87",
        _outside("unit", lambda: UNITS),
    ),
    Rule(
        "transport_mode_unknown",
        Level.WARNING,
        ("transport_mode",),
        "transport_mode is not in Recommendation 19",
        "use its code, 0 to 9",
        _unknown_mode,
    ),
    Rule(
        "incoterm_unknown",
        Level.WARNING,
        ("incoterm",),
        "incoterm is neither in Incoterms 2010 nor 2020",
        "use its three letters, as FOB",
        _outside("incoterm", lambda: INCOTERMS),
    ),
    Rule(
        "currency_unknown",
        Level.WARNING,
        ("currency",),
        "currency is not in ISO 4217",
        "use its three letters, as USD",
        _outside("currency", currencies),
    ),
    Rule(
        "container_check_digit",
        Level.WARNING,
        ("container_id",),
        "container_id is no ISO 6346 number, or its check digit is wrong",
        "compare with the bill of lading",
        _false_container,
    ),
    Rule(
        "tax_number_check_digit",
        Level.WARNING,
        ("importer_id",),
        "importer_id has the form of a tax number of the administration, with a wrong check digit",
        "compare with the register of taxpayers",
        _false_tax_number,
    ),
    Rule(
        "preference_misfit",
        Level.WARNING,
        ("preference_code", "origin_country"),
        "the preference is not granted to the country of origin",
        "check the proof of origin",
        _misfit_preference,
    ),
)
