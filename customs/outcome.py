"""What came of an item: how it was selected, and what the inspection found."""

from __future__ import annotations

from enum import StrEnum

from customs.data_policy import DataClass
from customs.declaration import Field, Kind
from customs.lane import Lane


class Finding(StrEnum):
    """What an inspection found; anything but NONE is illicit."""

    NONE = "none"
    VALUE = "value"
    CLASSIFICATION = "classification"
    ORIGIN = "origin"
    QUANTITY = "quantity"
    IP = "ip"
    PROHIBITED = "prohibited"
    OTHER = "other"


class SelectionReason(StrEnum):
    """Why a declaration was, or was not, selected for inspection."""

    RULE = "rule"
    MODEL = "model"
    RANDOM = "random"
    OFFICER = "officer"
    INTELLIGENCE = "intelligence"
    LEGACY = "legacy"


_FIRM = DataClass.COMMERCIAL
_VALUE = "valuation currency"

OUTCOME_FIELDS: tuple[Field, ...] = (
    Field("declaration_id", Kind.TEXT, "declaration", required=True, data=_FIRM),
    Field("item_no", Kind.INTEGER, "goods item", required=True),
    Field("version", Kind.INTEGER, "a correction is a new version; default 1"),
    Field("withdrawn", Kind.FLAG, "the outcome is withdrawn by this version"),
    Field("known_at", Kind.INSTANT, "when the platform received it; default result_at"),
    Field("lane", Kind.CODE, "what was done: " + ", ".join(Lane)),
    Field("selection_reason", Kind.CODE, "why it was selected", required=True, longest=16),
    Field("p_document", Kind.NUMBER, "probability, when decided, that the documents would be inspected"),
    Field("p_physical", Kind.NUMBER, "probability, when decided, that the goods would be inspected"),
    Field("inspected_at", Kind.INSTANT, "when it was inspected"),
    Field("result_at", Kind.INSTANT, "when the result stood", required=True),
    Field("finding", Kind.CODE, "what was found", required=True, longest=16, data=_FIRM),
    Field("illicit", Kind.FLAG, "1 when the finding is not none", required=True, data=_FIRM),
    Field("critical", Kind.FLAG, "a critical finding", data=_FIRM),
    Field("assessed_cif", Kind.NUMBER, "customs value found instead", unit=_VALUE, data=_FIRM),
    Field("assessed_hs_code", Kind.CODE, "code found instead", longest=10, data=_FIRM),
    Field("assessed_origin", Kind.CODE, "origin found instead", data=_FIRM),
    Field(
        "additional_revenue",
        Kind.NUMBER,
        "duty and tax raised; a reduction is negative",
        unit=_VALUE,
        data=_FIRM,
    ),
    Field("officer_id", Kind.TEXT, "officer", data=DataClass.PERSONAL),
)
