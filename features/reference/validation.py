"""The rules that a row of a reference table has to keep; who breaks one goes to quarantine."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.codes.countries import countries
from features.codes.currencies import currencies
from features.codes.hs import EDITIONS, UNUSED_CHAPTERS
from features.columns import Columns
from features.local_time import NO_INSTANT
from features.reference.kind import ReferenceKind
from features.reference.kinds import MASS_UNITS, PARTIES
from features.reference.reading import reading_rules
from features.validation_reading import LARGEST
from features.validation_rule import Context, Level, Mask, Rule, where_text

Instants = NDArray[np.int64]

_DAY = 24 * 3600 * 1_000_000
_LEAST_DIGITS = {"preference_agreements": 2, "hs_correlation": 6}
_SHORTEST = 4


@cache
def rules_of(kind: ReferenceKind) -> tuple[Rule, ...]:
    """Give the rules of a kind, all of level E, in the order in which they run.

    >>> from features.reference.kinds import KIND
    >>> [rule.name for rule in rules_of(KIND["exchange_rates"])][-4:]
    ['time_in_future', 'time_in_future', 'currency_unknown', 'number_out_of_bounds']
    """
    general = (*reading_rules(kind), _ENDS, _KNOWN, _RETRIEVED)
    return (*general, *_codes(kind), *_SPECIAL.get(kind.name, ()), _bounds(kind))


def _ends_before(columns: Columns, _: Context) -> Mask:
    last = columns["valid_to"]
    return np.asarray((last != NO_INSTANT) & (last < columns["valid_from"]))


def _later_than_now(values: Instants, context: Context) -> Mask:
    return np.asarray(values > context.now + int(context.settings.future_days * _DAY))


def _known_ahead(columns: Columns, context: Context) -> Mask:
    """Known in the future, but for what has it from retrieved_at, which is then at fault."""
    known = columns["known_from"]
    return np.asarray(_later_than_now(known, context) & (known != columns["retrieved_at"]))


def _retrieved_ahead(columns: Columns, context: Context) -> Mask:
    return _later_than_now(columns["retrieved_at"], context)


_ENDS = Rule(
    "validity_ends_before_it_begins",
    Level.ERROR,
    ("valid_to",),
    "valid_to is before valid_from",
    "give the last day of validity, or leave it empty while the row is valid",
    _ends_before,
)
_KNOWN = Rule(
    "time_in_future",
    Level.ERROR,
    ("known_from",),
    "known_from is in the future",
    "known_from is when the administration came to know the row; validity may lie ahead, knowledge not",
    _known_ahead,
)
_RETRIEVED = Rule(
    "time_in_future",
    Level.ERROR,
    ("retrieved_at",),
    "retrieved_at is in the future",
    "retrieved_at is when the file was fetched from its source: give that day, or leave it out",
    _retrieved_ahead,
)


def _codes(kind: ReferenceKind) -> tuple[Rule, ...]:
    """The rules of the codes among the columns of a kind."""
    names = {column.name for column in kind.columns}
    least = _LEAST_DIGITS.get(kind.name, _SHORTEST)
    rules = (
        Rule(
            "hs_code_malformed",
            Level.ERROR,
            ("hs_code",),
            f"hs_code is not {least} to 10 digits, or of a chapter that does not exist",
            "write the code as text, digits only, with its leading zeros",
            lambda columns, _: where_text(columns["hs_code"], lambda code: not _is_code(code, least)),
        ),
        _listed("country_unknown", "origin_country", countries, "write the two-letter code of ISO 3166-1"),
        _listed("currency_unknown", "currency", currencies, "use the three letters of ISO 4217, as USD"),
        _listed("unit_unknown", "unit", lambda: MASS_UNITS, f"give prices by mass: {', '.join(MASS_UNITS)}"),
        _listed("party_kind_unknown", "party_kind", lambda: PARTIES, f"use one of {', '.join(PARTIES)}"),
        _listed("edition_unknown", "edition", lambda: EDITIONS[:-1], "use 2012 or 2017"),
        _listed("to_edition_unknown", "to_edition", lambda: EDITIONS[1:], "use 2017 or 2022"),
        _listed("activity_unknown", "activity", _Activities, "use two to four digits of ISIC Rev. 4"),
    )
    return tuple(rule for rule in rules if rule.fields[0] in names)


def _listed(name: str, field: str, known: Callable[[], Container[str]], remedy: str) -> Rule:
    def check(columns: Columns, _: Context) -> Mask:
        listed = known()
        return where_text(columns[field], lambda text: text not in listed)

    return Rule(name, Level.ERROR, (field,), f"{field} is not in its list", remedy, check)


class _Activities:
    """Two to four digits."""

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and 2 <= len(text) <= 4 and text.isascii() and text.isdigit()


def _is_code(code: str, least: int) -> bool:
    digits = code.isascii() and code.isdigit()
    return digits and least <= len(code) <= 10 and code[:2] not in UNUSED_CHAPTERS


def _prices_out_of_order(columns: Columns, _: Context) -> Mask:
    low, mid, high = (columns[f"price_{name}"] for name in ("low", "mid", "high"))
    return np.asarray((low > mid) | (mid > high) | (low > high))


def _backwards(columns: Columns, _: Context) -> Mask:
    pairs = zip(columns["edition"].tolist(), columns["to_edition"].tolist(), strict=True)
    return np.array([None not in pair and pair[0] >= pair[1] for pair in pairs], np.bool_)


def _bad_successor(columns: Columns, _: Context) -> Mask:
    return where_text(columns["to_code"], lambda code: not _is_code(code, 6) or len(code) != 6)


def _no_rate(columns: Columns, _: Context) -> Mask:
    return np.isnan(columns["rate_pct"]) & np.isnan(columns["share_of_mfn"])


_SPECIAL: dict[str, tuple[Rule, ...]] = {
    "market_prices": (
        Rule(
            "prices_out_of_order",
            Level.ERROR,
            ("price_mid",),
            "price_low is above price_mid, or price_mid above price_high",
            "check which price stands in which column",
            _prices_out_of_order,
        ),
    ),
    "hs_correlation": (
        Rule(
            "successor_malformed",
            Level.ERROR,
            ("to_code",),
            "to_code is not 6 digits",
            "write the code as text, digits only, with its leading zeros",
            _bad_successor,
        ),
        Rule(
            "editions_backwards",
            Level.ERROR,
            ("to_edition",),
            "to_edition is not later than edition",
            "tables lead from an older edition to a newer one: change the two columns about",
            _backwards,
        ),
    ),
    "preference_agreements": (
        Rule(
            "preference_without_rate",
            Level.ERROR,
            ("rate_pct",),
            "neither rate_pct nor share_of_mfn is given",
            "give the preferential rate, or the part of the general rate that is still due",
            _no_rate,
        ),
    ),
}

_POSITIVE = ("price_low", "price_mid", "price_high", "rate")
_BOUNDS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(_POSITIVE, (1e-12, LARGEST)),
    "quotes": (0, LARGEST),
    "employees": (0, LARGEST),
    "rate_pct": (0, 10_000),
    "share_of_mfn": (0, 1),
    "severity": (1, 3),
}


def _bounds(kind: ReferenceKind) -> Rule:
    names = tuple(column.name for column in kind.values if column.name in _BOUNDS)
    spelled = "; ".join(f"{name} {_BOUNDS[name][0]:g} to {_BOUNDS[name][1]:g}" for name in names)

    def check(columns: Columns, _: Context) -> Mask:
        broken = [(columns[name] < _BOUNDS[name][0]) | (columns[name] > _BOUNDS[name][1]) for name in names]
        return np.stack(broken, axis=1) if names else np.zeros((len(columns["valid_from"]), 0), np.bool_)

    return Rule(
        "number_out_of_bounds",
        Level.ERROR,
        names or ("valid_from",),
        "a number cannot be what its column says",
        f"check the unit: {spelled}" if names else "nothing to check",
        check,
    )
