"""The kinds of reference table there are."""

from __future__ import annotations

from difflib import get_close_matches

from customs.data_policy import DataClass
from customs.declaration import Kind
from features.history.entities import YOUNG_DAYS
from features.reference.errors import UnknownKindError
from features.reference.kind import Column, KeyPart, Measure, Privacy, ReferenceKind, day

_T, _C, _I, _N, _F = (Kind.TEXT, Kind.CODE, Kind.INTEGER, Kind.NUMBER, Kind.FLAG)

SAID: tuple[Measure, ...] = (
    Measure("source", "number", "number of the source that the row comes from; only to explain"),
    Measure("valid_from", "day", "days since 1970-01-01 of the row's valid_from; only to explain"),
    Measure("known_on", "day", "days since 1970-01-01 on which the row became known; only to explain"),
)
"""What every table says of the row that counts; of several, of the gravest or the last."""

PARTIES: dict[str, str] = {
    "importer": "importer_id",
    "seller": "seller_id",
    "declarant": "declarant_id",
    "courier": "courier_id",
    "brand": "brand",
    "container": "container_id",
}
"""Kinds of party on a watch list, and the field of the declaration that names each."""

MASS_UNITS: dict[str, float] = {"KGM": 1.0, "GRM": 0.001, "TNE": 1000.0, "LBR": 0.45359237}
"""Kilograms in each unit of mass by which a price may be given (UN/CEFACT Recommendation 20)."""

KINDS: tuple[ReferenceKind, ...] = (
    ReferenceKind(
        name="market_prices",
        meaning="what goods fetch on the market, by code and origin",
        key=(
            KeyPart(
                "hs_code", _C, "goods, 4 to 10 digits", required=True, longest=10, of="hs_code", prefix=True
            ),
            KeyPart("origin_country", _C, "ISO 3166-1 alpha-2; empty: any origin", of="origin_country"),
        ),
        values=(
            Column("price_low", _N, "a low price: a tenth of quotes are lower", unit="currency a unit"),
            Column("price_mid", _N, "the median price", unit="currency a unit", required=True),
            Column("price_high", _N, "a high price: a tenth of quotes are higher", unit="currency a unit"),
            Column("currency", _C, "ISO 4217", required=True),
            Column("unit", _C, f"unit of mass: {', '.join(MASS_UNITS)}; default KGM"),
            Column("quotes", _I, "how many quotes the prices rest on"),
        ),
        measures=(
            Measure("low", "1e-4 ln", "10,000 × ln of the low price a kg in valuation currency"),
            Measure("mid", "1e-4 ln", "10,000 × ln of the median price a kg in valuation currency"),
            Measure("high", "1e-4 ln", "10,000 × ln of the high price a kg in valuation currency"),
            Measure("quotes", "count", "number of quotes"),
            *SAID,
        ),
        refreshed_days=92,
        use="the declared value a kg less the market's; its place between low and high; whether one is known",
    ),
    ReferenceKind(
        name="companies",
        meaning="the register of companies",
        key=(
            KeyPart(
                "importer_id",
                _T,
                "as declared",
                required=True,
                data=DataClass.PERSONAL,
                privacy=Privacy.PERSONAL,
                of="importer_id",
            ),
        ),
        values=(
            day("registered_on", "day of registration", required=True),
            Column("activity", _C, "main activity: division, group or class of ISIC Rev. 4", longest=4),
            Column("active", _F, "1 while the company may trade"),
            Column(
                "address", _T, "seat; only a keyed token of it is kept", privacy=Privacy.TOKEN, longest=300
            ),
            Column("employees", _I, "declared number of employees", privacy=Privacy.COMMERCIAL),
        ),
        measures=(
            Measure("registered", "day", "days since 1970-01-01 of the registration"),
            Measure("active", "0 or 1", "1 while the company may trade"),
            Measure("activity", "code", "ISIC class as a number of four digits, filled up with zeros"),
            Measure("employees", "count", "declared number of employees"),
            Measure(
                "address", "key", "token of the address, 64 bits: equal for equal addresses, says no more"
            ),
            Measure("shared", "companies", "other companies at the address, by the register of the day"),
            Measure("shared_young", "companies", f"of them, registered less than {YOUNG_DAYS} days before"),
            *SAID,
        ),
        refreshed_days=31,
        use="age at the declaration, whether it may trade, its employees, who shares its address",
    ),
    ReferenceKind(
        name="exchange_rates",
        meaning="exchange rates to the valuation currency",
        key=(KeyPart("currency", _C, "ISO 4217", required=True, of="currency"),),
        values=(
            Column("rate", _N, "valuation currency per 1 unit", unit="valuation currency", required=True),
        ),
        measures=(
            Measure("rate", "1e-6 ln", "1,000,000 × ln of the rate; 0 for the valuation currency"),
            *SAID,
        ),
        refreshed_days=7,
        use="the declared exchange rate less the official one; prices of the market in valuation currency",
    ),
    ReferenceKind(
        name="tariff",
        meaning="the tariff: general (most favoured nation) rates",
        key=(
            KeyPart(
                "hs_code", _C, "goods, 4 to 10 digits", required=True, longest=10, of="hs_code", prefix=True
            ),
        ),
        values=(
            Column("rate_pct", _N, "ad valorem rate", unit="percent", required=True),
            Column("specific", _F, "1 where duties by quantity apply"),
        ),
        measures=(
            Measure("rate", "1e-2 percent", "ad valorem rate"),
            Measure("specific", "0 or 1", "1 where duties by quantity apply"),
            Measure("heading_most", "1e-2 percent", "highest general rate of the heading on the day"),
            Measure("chapter_most", "1e-2 percent", "highest general rate of the chapter on the day"),
            *SAID,
        ),
        refreshed_days=366,
        use="the declared rate less the general one, dearer neighbours, and what a preference saves",
    ),
    ReferenceKind(
        name="hs_correlation",
        meaning="which codes of a later edition of the Harmonized System a code became",
        key=(
            KeyPart(
                "edition", _C, "edition of the code: 2012 or 2017", required=True, longest=4, of="hs_edition"
            ),
            KeyPart("hs_code", _C, "code of that edition, 6 digits", required=True, longest=6, of="hs_code"),
            KeyPart("to_edition", _C, "later edition: 2017 or 2022", required=True, longest=4),
        ),
        apart=(Column("to_code", _C, "a code it became", required=True, longest=6),),
        values=(),
        measures=(
            Measure("successors", "count", "how many codes of the newest edition the code became"),
            Measure("successor", "code", "the one code it became, as a number; missing where several"),
            *SAID,
        ),
        refreshed_days=1830,
        use="nothing; a decision names what a code of an older edition became (`hs_edition_superseded`)",
    ),
    ReferenceKind(
        name="watch_list",
        meaning="parties, brands and containers to be watched",
        key=(
            KeyPart("party_kind", _C, f"one of {', '.join(PARTIES)}", required=True),
            KeyPart(
                "party",
                _T,
                "its number or name, as declared",
                required=True,
                data=DataClass.PERSONAL,
                privacy=Privacy.PERSONAL,
                longest=200,
                folded=True,
            ),
        ),
        apart=(Column("list_name", _T, "the list it stands on", required=True),),
        values=(
            Column("severity", _I, "1 look, 2 inspect, 3 stop", required=True),
            Column("reason", _T, "why it is watched", privacy=Privacy.COMMERCIAL, longest=500),
        ),
        measures=(
            *(
                Measure(party, "0 to 3", f"severity of the {party}'s gravest list, 0 on none")
                for party in PARTIES
            ),
            *SAID,
        ),
        refreshed_days=7,
        use="the severity of the gravest list; a list holds what was known, which is not the truth",
    ),
    ReferenceKind(
        name="preference_agreements",
        meaning="what a preference is worth, by origin",
        key=(
            KeyPart("preference_code", _C, "preference claimed", required=True, of="preference_code"),
            KeyPart("origin_country", _C, "ISO 3166-1 alpha-2; empty: any origin", of="origin_country"),
            KeyPart(
                "hs_code",
                _C,
                "first digits of the goods, 2 to 10; empty: all goods",
                longest=10,
                of="hs_code",
                prefix=True,
            ),
        ),
        values=(
            Column("rate_pct", _N, "preferential rate", unit="percent"),
            Column("share_of_mfn", _N, "part of the general rate that is still due", unit="0 to 1"),
        ),
        measures=(
            Measure("rate", "1e-2 percent", "preferential rate"),
            Measure("share", "1e-4", "part of the general rate that is still due"),
            Measure("covered", "0 or 1", "1 where an agreement covers the claim, 0 where none does"),
            *SAID,
        ),
        refreshed_days=366,
        use="what a claimed preference saves, and whether an agreement covers it",
    ),
)

KIND: dict[str, ReferenceKind] = {kind.name: kind for kind in KINDS}


def kind_of(name: str) -> ReferenceKind:
    """The kind of that name; UnknownKindError with the nearest one.

    >>> kind_of("tarif")
    Traceback (most recent call last):
    features.reference.errors.UnknownKindError: there is no kind of reference table 'tarif'
    """
    if name not in KIND:
        near = get_close_matches(name, KIND, 1)
        raise UnknownKindError(
            f"there is no kind of reference table '{name}'",
            remedy=f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(KIND)}",
        )
    return KIND[name]
