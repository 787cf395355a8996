"""Where the fields of the declaration stand in a Single Administrative Document of ASYCUDA World."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    """Where a field stands: the first of these paths with a text, below `<Item>` or below the document."""

    field: str
    paths: tuple[str, ...]
    of_item: bool
    remark: str = ""


def _head(field: str, *paths: str, remark: str = "") -> Element:
    return Element(field, paths, of_item=False, remark=remark)


def _item(field: str, *paths: str, remark: str = "") -> Element:
    return Element(field, paths, of_item=True, remark=remark)


REGISTRATION = "Identification/Registration"
REFERENCE = "Declarant/Reference/Number"
TYPE = ("Identification/Type/Type_of_declaration", "Identification/Type/Declaration_gen_procedure_code")
COMMODITY, PRECISION = "Tarification/HScode/Commodity_code", "Tarification/HScode/Precision_1"
INVOICE = "Valuation_item/Item_Invoice/Amount_national_currency"
DELIVERY = "Transport/Delivery_terms/Code"
CURRENCY, RATE = "Valuation/Gs_Invoice/Currency_code", "Valuation/Gs_Invoice/Currency_rate"
_UNIT = "Tarification/Supplementary_unit"
_VALUE = "Valuation_item"
_AMOUNT = "Amount_national_currency"
_COUNTRY = "General_information/Country/Export/Export_country_code"
_MODE = "Transport/Means_of_transport/Border_information/Mode"

ELEMENTS: tuple[Element, ...] = (
    _head(
        "declaration_id",
        f"{REGISTRATION}/Number",
        REFERENCE,
        remark="office, year, serial letter and number of the registration; of a document not registered yet "
        "office, declarant and the declarant's reference",
    ),
    _item("item_no", remark="the place of the `<Item>` in its document, from 1"),
    _head(
        "accepted_at",
        f"{REGISTRATION}/Date",
        "Property/Date_of_declaration",
        remark="by the setting `asycuda.date_format`, or ISO 8601",
    ),
    _head("office_id", "Identification/Office_segment/Customs_clearance_office_code"),
    _item("regime", "Tarification/Extended_customs_procedure"),
    _item("process_type", "Tarification/National_customs_procedure"),
    _head("import_type", *TYPE, remark="both joined, as IM4"),
    _head("payment_type", "Financial/Mode_of_payment"),
    _head("importer_id", "Traders/Consignee/Consignee_code", remark="a name is never taken for a number"),
    _head("declarant_id", "Declarant/Declarant_code"),
    _head("seller_id", "Traders/Exporter/Exporter_code"),
    _head(
        "transport_mode",
        _MODE,
        remark="box 25: one digit, or the first of two; national codes by `asycuda.transport_modes`",
    ),
    _item(
        "container_id",
        remark="`<Container><Container_identity>` of this `<Item_Number>`, or the only container there is",
    ),
    _head("departure_country", _COUNTRY),
    _item("origin_country", "Goods_description/Country_of_origin_code"),
    _item("preference_code", "Tarification/Preference_code"),
    _item("incoterm", "IncoTerms/Code", remark=f"else `{DELIVERY}` of the document"),
    _item("hs_code", COMMODITY, remark="with Precision_1 where both have at most 10 digits"),
    _item(
        "description", "Goods_description/Commercial_Description", "Goods_description/Description_of_goods"
    ),
    _item("quantity", f"{_UNIT}/Suppplementary_unit_quantity", f"{_UNIT}/Supplementary_unit_quantity"),
    _item(
        "unit",
        f"{_UNIT}/Suppplementary_unit_code",
        f"{_UNIT}/Supplementary_unit_code",
        remark="national codes by `asycuda.units`; the three p are the format's",
    ),
    _item("packages", "Packages/Number_of_packages", remark="missing where it is a share of a package"),
    _item("gross_kg", f"{_VALUE}/Weight_itm/Gross_weight_itm"),
    _item("net_kg", f"{_VALUE}/Weight_itm/Net_weight_itm"),
    _item("currency", f"{_VALUE}/Item_Invoice/Currency_code", remark=f"else `{CURRENCY}`; letters or number"),
    _item("invoice_amount", f"{_VALUE}/Item_Invoice/Amount_foreign_currency"),
    _item("fx_rate", f"{_VALUE}/Item_Invoice/Currency_rate", remark=f"else `{RATE}`"),
    _item("fob", INVOICE, remark="where the delivery terms are FOB, FAS or FCA"),
    _item(
        "freight",
        f"{_VALUE}/item_external_freight/{_AMOUNT}",
        f"{_VALUE}/item_internal_freight/{_AMOUNT}",
        remark="both added",
    ),
    _item("insurance", f"{_VALUE}/item_insurance/{_AMOUNT}"),
    _item(
        "adjustment",
        f"{_VALUE}/item_other_cost/{_AMOUNT}",
        f"{_VALUE}/item_deduction/{_AMOUNT}",
        remark="other costs less deductions",
    ),
    _item("cif", f"{_VALUE}/Total_CIF_itm", f"{_VALUE}/Statistical_value"),
    _item("valuation_method", "Tarification/Valuation_method_code"),
    _item("total_taxes", "Taxation/Item_taxes_amount"),
)
"""Amounts are in the national currency, which the setting `valuation_currency` has to name.

>>> [element.paths for element in ELEMENTS if element.field == "cif"]
[('Valuation_item/Total_CIF_itm', 'Valuation_item/Statistical_value')]
"""

CONTAINER_ITEM, CONTAINER = "Item_Number", "Container_identity"

PATHS: frozenset[str] = frozenset(path for element in ELEMENTS for path in element.paths) | {
    *(f"{REGISTRATION}/Serial_number", PRECISION, DELIVERY, CURRENCY, RATE, CONTAINER_ITEM, CONTAINER)
}
"""Every path that is read."""
