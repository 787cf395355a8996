"""Rules about codes: goods, countries, units, modes, terms, containers, tax numbers, preferences."""

from __future__ import annotations

from collections.abc import Callable, Container

import numpy as np

from features.codes.countries import UNDETERMINED, countries
from features.codes.currencies import currencies
from features.codes.hs import NATIONAL_CHAPTERS, UNUSED_CHAPTERS, is_hs_code, subheadings_2022
from features.codes.incoterms import INCOTERMS
from features.codes.numbers import is_container, is_false_tax_number
from features.codes.preferences import fits
from features.codes.transport import TRANSPORT_MODES
from features.codes.units import UNITS
from features.columns import Columns
from features.validation_rule import Context, Level, Mask, Rule, side_by_side, where_text

_COUNTRIES = ("departure_country", "origin_country")


def _malformed_code(columns: Columns, _: Context) -> Mask:
    return where_text(columns["hs_code"], lambda code: not is_hs_code(code))


def _unused_chapter(columns: Columns, _: Context) -> Mask:
    return where_text(columns["hs_code"], lambda code: is_hs_code(code) and code[:2] in UNUSED_CHAPTERS)


def _national_chapter(columns: Columns, _: Context) -> Mask:
    return where_text(columns["hs_code"], lambda code: is_hs_code(code) and code[:2] in NATIONAL_CHAPTERS)


def _unlisted_code(columns: Columns, _: Context) -> Mask:
    known = subheadings_2022()
    apart = UNUSED_CHAPTERS | NATIONAL_CHAPTERS
    return where_text(
        columns["hs_code"], lambda code: is_hs_code(code) and code[:2] not in apart and code[:6] not in known
    )


def _unknown_country(columns: Columns, _: Context) -> Mask:
    known = countries() | {UNDETERMINED}
    return side_by_side([where_text(columns[name], lambda text: text not in known) for name in _COUNTRIES])


def _undetermined_country(columns: Columns, _: Context) -> Mask:
    return side_by_side([where_text(columns[name], UNDETERMINED.__eq__) for name in _COUNTRIES])


def _unknown_mode(columns: Columns, _: Context) -> Mask:
    mode = columns["transport_mode"]
    return np.asarray((mode < min(TRANSPORT_MODES)) | (mode > max(TRANSPORT_MODES)))


def _outside(name: str, listed: Callable[[], Container[str]]) -> Callable[[Columns, Context], Mask]:
    """A check that a code is in its list."""

    def check(columns: Columns, _: Context) -> Mask:
        known = listed()
        return where_text(columns[name], lambda text: text not in known)

    return check


def _false_container(columns: Columns, _: Context) -> Mask:
    return where_text(columns["container_id"], lambda text: not is_container(text))


def _false_tax_number(columns: Columns, context: Context) -> Mask:
    administration = context.settings.administration
    return where_text(columns["importer_id"], lambda text: is_false_tax_number(text, administration))


def _misfit_preference(columns: Columns, context: Context) -> Mask:
    further = context.settings.preferences
    broken = np.zeros(len(columns["preference_code"]), np.bool_)
    for row, preference in enumerate(columns["preference_code"].tolist()):
        if preference is not None:
            origin = columns["origin_country"][row]
            broken[row] = origin is not None and not fits(preference, origin, further)
    return broken


CODE_RULES: tuple[Rule, ...] = (
    Rule(
        "hs_code_malformed",
        Level.ERROR,
        ("hs_code",),
        "hs_code is not 6 to 10 digits",
        "write the code as text, digits only, with its leading zeros",
        _malformed_code,
    ),
    Rule(
        "hs_chapter_unused",
        Level.ERROR,
        ("hs_code",),
        "chapter 00 or 77, which the Harmonized System does not use",
        "check the first two digits; a lost leading zero shifts them",
        _unused_chapter,
    ),
    Rule(
        "hs_chapter_national",
        Level.WARNING,
        ("hs_code",),
        "chapter 98 or 99, reserved for national use",
        "nothing to mend; the item is kept out of models by HS6",
        _national_chapter,
    ),
    Rule(
        "hs_code_not_listed",
        Level.WARNING,
        ("hs_code",),
        "the first six digits are not in the list of HS 2022, the one known here",
        "check the code; in an older edition it may be right",
        _unlisted_code,
    ),
    Rule(
        "country_unknown",
        Level.ERROR,
        _COUNTRIES,
        "a country is not in ISO 3166-1",
        "write the two-letter code in capitals, ZZ where it is unknown",
        _unknown_country,
    ),
    Rule(
        "country_undetermined",
        Level.WARNING,
        _COUNTRIES,
        "a country is ZZ, unknown",
        "ask for the origin",
        _undetermined_country,
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
