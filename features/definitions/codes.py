"""Codes as categories: their number in the recipe's vocabulary, 0 if rare or unseen, NaN if missing."""

from __future__ import annotations

import numpy as np

from customs.declaration import FIELD
from features.definitions.code_values import CODED_FIELDS, LEVELS
from features.definitions.feature import Feature, Floats, Function, Inputs


def coded(name: str) -> Function:
    """Give the number of each row's code in the vocabulary."""
    return lambda inputs: inputs.code(name)


def is_given(field: str) -> Function:
    """Give 1 where a field is there, 0 where it is missing."""
    return lambda inputs: ~inputs.missing(field)


def is_missing(field: str) -> Function:
    """Give 1 where a field is missing, 0 where it is there."""
    return lambda inputs: inputs.missing(field)


def _elsewhere(inputs: Inputs) -> Floats:
    differ = inputs.differ("departure_country", "origin_country")
    unknown = inputs.missing("departure_country") | inputs.missing("origin_country")
    return np.where(unknown, np.nan, differ.astype(np.float64))


_MISSING = {
    "declarant_id": False,
    "seller_id": False,
    "brand": True,
    "quantity": True,
    "packages": True,
    "net_kg": True,
    "gross_kg": True,
    "freight": True,
    "insurance": False,
    "invoice_amount": False,
    "tax_rate_pct": True,
    "description": True,
}

CODES: tuple[Feature, ...] = (
    *(
        Feature(name, group, (name,), FIELD[name].meaning, coded(name), value_model=True, categorical=True)
        for name, group in CODED_FIELDS.items()
    ),
    *(
        Feature(
            name,
            "commodity",
            ("hs_code",),
            "digits of the code",
            coded(name),
            value_model=name == "chapter",
            categorical=True,
        )
        for name in LEVELS
    ),
    Feature(
        "departs_elsewhere",
        "origin",
        ("departure_country", "origin_country"),
        "not departed from the origin",
        _elsewhere,
        value_model=True,
    ),
    Feature(
        "container_given",
        "procedure",
        ("container_id",),
        "the goods came in a container",
        is_given("container_id"),
        value_model=True,
    ),
    Feature(
        "courier_given", "procedure", ("courier_id",), "a courier brought the goods", is_given("courier_id")
    ),
    Feature(
        "importer_aeo",
        "importer_record",
        ("importer_aeo",),
        "authorised economic operator",
        lambda inputs: inputs.number("importer_aeo"),
    ),
    *(
        Feature(
            f"{name}_missing", "missing", (name,), "the field is missing", is_missing(name), value_model=free
        )
        for name, free in _MISSING.items()
    ),
)
"""Features of codes, of what is given and of what is missing."""
