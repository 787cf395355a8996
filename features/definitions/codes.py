"""Codes as categories: their number in the recipe's vocabulary, 0 if rare or unseen, NaN if missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from customs.declaration import FIELD
from features.columns import Columns
from features.definitions.feature import Feature, Floats, Function, Inputs
from features.history.parts import hs4_of, hs6_of

_FIELDS = {
    "office_id": "procedure",
    "regime": "procedure",
    "process_type": "procedure",
    "import_type": "procedure",
    "import_use": "procedure",
    "payment_type": "procedure",
    "transport_mode": "procedure",
    "incoterm": "procedure",
    "currency": "procedure",
    "valuation_method": "procedure",
    "departure_country": "origin",
    "origin_country": "origin",
    "origin_indicator": "origin",
    "preference_code": "origin",
    "unit": "mass",
    "tax_type": "tax",
}
_LEVELS: dict[str, Callable[[str | None], str | None]] = {
    "chapter": lambda code: code[:2] if code else None,
    "hs4": hs4_of,
    "hs6": hs6_of,
}
CODED: tuple[str, ...] = (*_FIELDS, *_LEVELS)
"""Names of the categories; each has a vocabulary in the recipe."""


def code_values(columns: Columns, name: str) -> list[Any]:
    """Give the codes of a category as text, None where missing; numbers as text of whole numbers.

    >>> code_values({"transport_mode": np.array([4.0, np.nan])}, "transport_mode")
    ['4', None]
    """
    values = columns["hs_code" if name in _LEVELS else name]
    if values.dtype != object:
        return [None if value != value else str(int(value)) for value in values.tolist()]  # noqa: PLR0124
    if name not in _LEVELS:
        return list(values.tolist())
    cut = {code: _LEVELS[name](code) for code in set(values.tolist())}
    return [cut[code] for code in values.tolist()]


def coded(name: str) -> Function:
    """Give the number of each row's code in the vocabulary."""
    place = CODED.index(name)
    return lambda inputs: inputs.once(_numbers)[place]


def _numbers(inputs: Inputs) -> Floats:
    """Numbers of all categories, one line each."""
    lines = []
    for name in CODED:
        number = inputs.vocabularies[name].get
        lines.append(
            [np.nan if code is None else number(code, 0.0) for code in code_values(inputs.columns, name)]
        )
    return np.array(lines, np.float64)


def is_given(field: str) -> Function:
    """Give 1 where a field is there, 0 where it is missing."""
    return lambda inputs: ~inputs.missing(field)


def is_missing(field: str) -> Function:
    """Give 1 where a field is missing, 0 where it is there."""
    return lambda inputs: inputs.missing(field)


def _elsewhere(inputs: Inputs) -> Floats:
    differ = inputs.columns["departure_country"] != inputs.columns["origin_country"]
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
        for name, group in _FIELDS.items()
    ),
    *(
        Feature(
            name,
            "commodity",
            ("hs_code",),
            "digits of the code",
            coded(name),
            value_model=True,
            categorical=True,
        )
        for name in _LEVELS
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
