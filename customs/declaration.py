"""The canonical declaration: one row is one goods item of one import declaration.

Terms follow the WCO Data Model and the Single Administrative Document where they have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from customs.data_policy import DataClass


class Kind(StrEnum):
    """How a field is read and held.

    TEXT and CODE are text (a code is a category, TEXT is free and never trusted); INTEGER, NUMBER and FLAG
    are numbers, FLAG 0 or 1; INSTANT is a point in time with its offset.
    """

    TEXT = "text"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    INSTANT = "instant"


@dataclass(frozen=True)
class Field:
    """One field of the declaration item, its kind and what it stands for.

    `data` says what it can tell of somebody; PERSONAL is a pseudonym or number of a person or firm. `money`
    marks what is made of the item's own declared value; neither may reach the value model.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = False
    data: DataClass = DataClass.NONE
    money: bool = False
    longest: int = 64

    @property
    def party(self) -> bool:
        """True for a pseudonym or number of a person or firm."""
        return self.data is DataClass.PERSONAL


_T, _C, _I, _N, _F, _S = (Kind.TEXT, Kind.CODE, Kind.INTEGER, Kind.NUMBER, Kind.FLAG, Kind.INSTANT)
_FIRM, _FREE, _WHO = DataClass.COMMERCIAL, DataClass.FREE_TEXT, DataClass.PERSONAL
_VALUE = "valuation currency"

FIELDS: tuple[Field, ...] = (
    Field("declaration_id", _T, "with item_no and version it is unique", required=True, data=_FIRM),
    Field("item_no", _I, "number of the goods item, from 1", required=True),
    Field("version", _I, "an amendment is a new version; default 1"),
    Field("accepted_at", _S, "when this version was accepted", required=True),
    Field("known_at", _S, "when the platform received it; default accepted_at"),
    Field("office_id", _C, "customs office", required=True),
    Field("regime", _C, "customs procedure code"),
    Field("process_type", _C, "source code of the process"),
    Field("import_type", _C, "source code of the import type"),
    Field("import_use", _C, "source code of the use"),
    Field("payment_type", _C, "source code of the payment"),
    Field("importer_id", _T, "pseudonym or tax number", required=True, data=_WHO),
    Field("declarant_id", _T, "broker", data=_WHO),
    Field("seller_id", _T, "foreign supplier", data=_WHO),
    Field("courier_id", _T, "courier", data=_WHO),
    Field("importer_aeo", _F, "authorised economic operator", data=_FIRM),
    Field("transport_mode", _I, "UN/CEFACT Recommendation 19"),
    Field("container_id", _T, "ISO 6346, with its check digit", data=_FIRM),
    Field("departure_country", _C, "ISO 3166-1 alpha-2", data=_FIRM),
    Field("origin_country", _C, "ISO 3166-1 alpha-2; ZZ is unknown", required=True, data=_FIRM),
    Field("origin_indicator", _C, "how the origin is marked", data=_FIRM),
    Field("preference_code", _C, "preference claimed", data=_FIRM),
    Field("incoterm", _C, "Incoterms 2010 and 2020"),
    Field(
        "hs_code", _C, "6 to 10 digits; the first 6 are international", required=True, longest=10, data=_FIRM
    ),
    Field("hs_edition", _C, "2012, 2017 or 2022; default the edition in force on customs_date"),
    Field("description", _T, "free text, any language", longest=2000, data=_FREE),
    Field("brand", _T, "free text, any language", longest=2000, data=_FREE),
    Field("quantity", _N, "quantity in the unit", unit="unit", data=_FIRM),
    Field("unit", _C, "UN/CEFACT Recommendation 20"),
    Field("packages", _I, "number of packages", data=_FIRM),
    Field("gross_kg", _N, "gross mass", unit="kg", data=_FIRM),
    Field("net_kg", _N, "net mass", unit="kg", data=_FIRM),
    Field("currency", _C, "ISO 4217 of the invoice"),
    Field("invoice_amount", _N, "amount of the invoice", unit="invoice currency", money=True, data=_FIRM),
    Field("fx_rate", _N, "valuation currency per 1 unit of invoice currency"),
    Field("fob", _N, "value free on board", unit=_VALUE, money=True, data=_FIRM),
    Field("freight", _N, "freight", unit=_VALUE, data=_FIRM),
    Field("insurance", _N, "insurance", unit=_VALUE, money=True, data=_FIRM),
    Field("adjustment", _N, "adjustment, may be negative", unit=_VALUE, money=True, data=_FIRM),
    Field(
        "cif", _N, "declared customs value of the item", unit=_VALUE, required=True, money=True, data=_FIRM
    ),
    Field("valuation_method", _I, "method 1 to 6 of the WTO Valuation Agreement"),
    Field("tax_rate_pct", _N, "effective total ad valorem rate, may exceed 100", unit="percent of cif"),
    Field("specific_duties", _F, "duties by quantity apply"),
    Field("tax_type", _C, "source code of the tax"),
    Field("total_taxes", _N, "taxes of the item", unit=_VALUE, money=True, data=_FIRM),
)

FIELD: dict[str, Field] = {field.name: field for field in FIELDS}
KEY: tuple[str, str, str] = ("declaration_id", "item_no", "version")
PARTIES: tuple[str, ...] = tuple(field.name for field in FIELDS if field.party)
MONEY: tuple[str, ...] = tuple(field.name for field in FIELDS if field.money)
