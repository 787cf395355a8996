"""Rules about masses, quantities, values, taxes and terms of delivery."""

from __future__ import annotations

from typing import Any

import numpy as np

from customs.valuation import PAID_FREIGHT, PAID_INSURANCE, UNPAID_FREIGHT
from features.codes.incoterms import PRICED_AS_CIF, PRICED_AS_FOB
from features.validation_rule import Context, Level, Rule, each, is_missing, where_text

_NEVER_NEGATIVE = (
    *("quantity", "packages", "gross_kg", "net_kg", "invoice_amount", "fx_rate", "fob"),
    *("freight", "insurance", "cif", "tax_rate_pct", "total_taxes"),
)
_MASSES = ("net_kg", "gross_kg")
_VALUES = ("cif", "fob", "invoice_amount")
_COMPONENTS = ("freight", "insurance", "adjustment")
_EXACT = 1 + 1e-9


def _negative(amounts: Any) -> Any:
    return amounts < 0


def _net_above_gross(values: Any, context: Context) -> Any:
    return values["net_kg"] > values["gross_kg"] * context.settings.tolerances.net_over_gross


def _components_differ(values: Any, context: Context) -> Any:
    """Judged where fob is declared; a charge that is missing counts as none."""
    tolerances, cif = context.settings.tolerances, values["cif"]
    freight, insurance, adjustment = (_or_none(values[name]) for name in _COMPONENTS)
    apart = abs(cif - (values["fob"] + (freight + insurance + adjustment)))
    return (apart > tolerances.cif_amount) & (apart > tolerances.cif_share * cif)


def _or_none(charge: Any) -> Any:
    if isinstance(charge, np.ndarray):
        return np.where(np.isnan(charge), 0.0, charge)
    return 0.0 if is_missing(charge) else charge


def _taxes_differ(values: Any, context: Context) -> Any:
    tolerances = context.settings.tolerances
    expected = values["cif"] * values["tax_rate_pct"] / 100
    apart = abs(values["total_taxes"] - expected)
    above = (apart > tolerances.tax_amount * _EXACT) & (apart > tolerances.tax_share * expected * _EXACT)
    return above & (values["specific_duties"] != 1)


def _rate_off(values: Any, context: Context) -> Any:
    """The one rate known without a source of rates: the valuation currency's own is 1."""
    own = where_text(values["currency"], context.settings.valuation_currency.__eq__)
    return own & _apart(values["fx_rate"], 1.0, context)


def _invoice_differs(values: Any, context: Context) -> Any:
    converted = values["invoice_amount"] * values["fx_rate"]
    as_fob = where_text(values["incoterm"], PRICED_AS_FOB.__contains__)
    as_cif = where_text(values["incoterm"], PRICED_AS_CIF.__contains__)
    against_fob = as_fob & _apart(converted, values["fob"], context)
    return against_fob | (as_cif & _apart(converted, values["cif"], context))


def _apart(figure: Any, reference: Any, context: Context) -> Any:
    allowed = context.settings.tolerances.exchange_share * abs(reference)
    return abs(figure - reference) > allowed * _EXACT


def _paid_freight_absent(values: Any, _: Context) -> Any:
    return where_text(values["incoterm"], PAID_FREIGHT.__contains__) & _none(values["freight"])


def _freight_to_add_absent(values: Any, _: Context) -> Any:
    return where_text(values["incoterm"], UNPAID_FREIGHT.__contains__) & _none(values["freight"])


def _paid_insurance_absent(values: Any, _: Context) -> Any:
    return where_text(values["incoterm"], PAID_INSURANCE.__contains__) & _none(values["insurance"])


def _none(charge: Any) -> Any:
    return is_missing(charge) | (charge == 0)


def _low_net(values: Any, context: Context) -> Any:
    return values["net_kg"] < values["gross_kg"] * context.settings.tolerances.net_gross_low


def _zero(amounts: Any) -> Any:
    return amounts == 0


AMOUNT_RULES: tuple[Rule, ...] = (
    Rule(
        "negative_amount",
        Level.ERROR,
        _NEVER_NEGATIVE,
        "a mass, quantity, value or rate is negative",
        "declare it as a positive number; only adjustment may be negative",
        each(dict.fromkeys(_NEVER_NEGATIVE, _negative)),
    ),
    Rule(
        "net_above_gross",
        Level.ERROR,
        ("net_kg", "gross_kg"),
        "net mass is above gross mass",
        "check whether the two were exchanged, and their units",
        _net_above_gross,
    ),
    Rule(
        "cif_components_differ",
        Level.WARNING,
        ("cif", "fob", *_COMPONENTS),
        "cif is not fob + freight + insurance + adjustment",
        "check the charges of the item",
        _components_differ,
    ),
    Rule(
        "taxes_differ",
        Level.WARNING,
        ("total_taxes", "cif", "tax_rate_pct"),
        "total_taxes is not cif × tax_rate_pct",
        "check the rate, or mark specific_duties where duties go by quantity",
        _taxes_differ,
    ),
    Rule(
        "fx_rate_off",
        Level.WARNING,
        ("fx_rate", "currency"),
        "the invoice is in the valuation currency and fx_rate is not 1",
        "give the valuation currency per 1 unit of the invoice currency",
        _rate_off,
    ),
    Rule(
        "invoice_differs",
        Level.WARNING,
        ("invoice_amount", "fx_rate", "fob", "cif"),
        "the converted invoice is not fob (FOB, FAS, FCA) or not cif (CIF, CIP)",
        "check the amount, the rate and the incoterm",
        _invoice_differs,
    ),
    Rule(
        "paid_freight_absent",
        Level.WARNING,
        ("freight", "incoterm"),
        "the incoterm says that the price holds freight, and none is declared",
        "ask for the transport document",
        _paid_freight_absent,
    ),
    Rule(
        "freight_to_add_absent",
        Level.WARNING,
        ("freight", "incoterm"),
        "the incoterm says that freight is to be added, and none is declared",
        "ask for the transport document",
        _freight_to_add_absent,
    ),
    Rule(
        "paid_insurance_absent",
        Level.WARNING,
        ("insurance", "incoterm"),
        "the incoterm says that the price holds insurance, and none is declared",
        "ask for the policy",
        _paid_insurance_absent,
    ),
    Rule(
        "net_gross_low",
        Level.WARNING,
        ("net_kg", "gross_kg"),
        "net mass is less than a fifth of gross mass",
        "check both masses",
        _low_net,
    ),
    Rule(
        "zero_mass",
        Level.WARNING,
        _MASSES,
        "a mass is zero",
        "declare the mass, or leave it empty where it is not known",
        each(dict.fromkeys(_MASSES, _zero)),
    ),
    Rule(
        "zero_quantity",
        Level.WARNING,
        ("quantity",),
        "quantity is zero",
        "declare the quantity, or leave it empty where it is not known",
        lambda values, _: _zero(values["quantity"]),
    ),
    Rule(
        "zero_value",
        Level.WARNING,
        _VALUES,
        "a value is zero",
        "declare the value: free samples have one too",
        each(dict.fromkeys(_VALUES, _zero)),
    ),
)
