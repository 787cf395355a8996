"""Rules about masses, quantities, values, taxes and terms of delivery."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from customs.valuation import PAID_FREIGHT, PAID_INSURANCE, UNPAID_FREIGHT
from features.codes.incoterms import PRICED_AS_CIF, PRICED_AS_FOB
from features.columns import Columns
from features.validation_rule import Context, Level, Mask, Rule, stacked, where_text

_NEVER_NEGATIVE = (
    *("quantity", "packages", "gross_kg", "net_kg", "invoice_amount", "fx_rate", "fob"),
    *("freight", "insurance", "cif", "tax_rate_pct", "total_taxes"),
)
_MASSES = ("net_kg", "gross_kg")
_VALUES = ("cif", "fob", "invoice_amount")
_COMPONENTS = ("freight", "insurance", "adjustment")


def _negative(columns: Columns, _: Context) -> Mask:
    return np.asarray(np.less(stacked(columns, _NEVER_NEGATIVE), 0))


def _net_above_gross(columns: Columns, context: Context) -> Mask:
    return np.asarray(
        np.greater(columns["net_kg"], columns["gross_kg"] * context.settings.tolerances.net_over_gross)
    )


def _components_differ(columns: Columns, context: Context) -> Mask:
    """Judged where fob is declared; a charge that is missing counts as none."""
    tolerances, cif = context.settings.tolerances, columns["cif"]
    parts = columns["fob"] + sum(_or_none(columns[name]) for name in _COMPONENTS)
    return np.asarray(np.abs(cif - parts) > np.maximum(tolerances.cif_amount, tolerances.cif_share * cif))


def _or_none(charge: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(charge), 0.0, charge)


def _taxes_differ(columns: Columns, context: Context) -> Mask:
    tolerances = context.settings.tolerances
    expected = columns["cif"] * columns["tax_rate_pct"] / 100
    apart = np.abs(columns["total_taxes"] - expected)
    allowed = np.maximum(tolerances.tax_amount, tolerances.tax_share * expected) * (1 + 1e-9)
    return np.asarray((apart > allowed) & (columns["specific_duties"] != 1))


def _rate_off(columns: Columns, context: Context) -> Mask:
    """The one rate known without a source of rates: the valuation currency's own is 1."""
    own = where_text(columns["currency"], context.settings.valuation_currency.__eq__)
    return np.asarray(own & _apart(columns["fx_rate"], np.ones(len(own)), context))


def _invoice_differs(columns: Columns, context: Context) -> Mask:
    converted = columns["invoice_amount"] * columns["fx_rate"]
    as_fob = where_text(columns["incoterm"], PRICED_AS_FOB.__contains__)
    as_cif = where_text(columns["incoterm"], PRICED_AS_CIF.__contains__)
    against_fob = as_fob & _apart(converted, columns["fob"], context)
    return np.asarray(against_fob | (as_cif & _apart(converted, columns["cif"], context)))


def _apart(figure: NDArray[np.float64], reference: NDArray[np.float64], context: Context) -> Mask:
    allowed = context.settings.tolerances.exchange_share * np.abs(reference)
    return np.asarray(np.abs(figure - reference) > allowed * (1 + 1e-9))


def _paid_freight_absent(columns: Columns, _: Context) -> Mask:
    return where_text(columns["incoterm"], PAID_FREIGHT.__contains__) & _none(columns["freight"])


def _freight_to_add_absent(columns: Columns, _: Context) -> Mask:
    return where_text(columns["incoterm"], UNPAID_FREIGHT.__contains__) & _none(columns["freight"])


def _paid_insurance_absent(columns: Columns, _: Context) -> Mask:
    return where_text(columns["incoterm"], PAID_INSURANCE.__contains__) & _none(columns["insurance"])


def _none(charge: NDArray[np.float64]) -> Mask:
    return np.asarray(np.isnan(charge) | (charge == 0))


def _low_net(columns: Columns, context: Context) -> Mask:
    return np.asarray(
        np.less(columns["net_kg"], columns["gross_kg"] * context.settings.tolerances.net_gross_low)
    )


def _zero_mass(columns: Columns, _: Context) -> Mask:
    return np.asarray(np.equal(stacked(columns, _MASSES), 0))


def _zero_quantity(columns: Columns, _: Context) -> Mask:
    return np.asarray(np.equal(columns["quantity"], 0))


def _zero_value(columns: Columns, _: Context) -> Mask:
    return np.asarray(np.equal(stacked(columns, _VALUES), 0))


AMOUNT_RULES: tuple[Rule, ...] = (
    Rule(
        "negative_amount",
        Level.ERROR,
        _NEVER_NEGATIVE,
        "a mass, quantity, value or rate is negative",
        "declare it as a positive number; only adjustment may be negative",
        _negative,
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
        _zero_mass,
    ),
    Rule(
        "zero_quantity",
        Level.WARNING,
        ("quantity",),
        "quantity is zero",
        "declare the quantity, or leave it empty where it is not known",
        _zero_quantity,
    ),
    Rule(
        "zero_value",
        Level.WARNING,
        _VALUES,
        "a value is zero",
        "declare the value: free samples have one too",
        _zero_value,
    ),
)
