"""Warnings of intake as features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.definitions.feature import Feature, Function, Inputs
from features.validation import WARNINGS

_FIELDS = {
    "cif_components_differ": ("cif", "fob", "freight", "insurance", "adjustment"),
    "taxes_differ": ("total_taxes", "cif", "tax_rate_pct"),
    "invoice_differs": ("invoice_amount", "fx_rate", "cif"),
    "preference_misfit": ("preference_code", "origin_country"),
    "container_check_digit": ("container_id",),
    "net_gross_low": ("net_kg", "gross_kg"),
}
_VALUE_MODEL = frozenset({"preference_misfit", "container_check_digit", "net_gross_low"})

_UNCOUNTED = frozenset({"unit_value_outside_band", "hs_edition_superseded"})
"""The first is set only where history was at hand when the row was judged, and the features of unit value say
more; the second tells by which list a source writes its codes, whatever the goods.
"""

_COUNTED = np.uint64(sum(1 << bit for bit, name in enumerate(WARNINGS) if name not in _UNCOUNTED))


def warning_count(inputs: Inputs) -> NDArray[np.uint8]:
    """Give how many warnings intake recorded, but for `_UNCOUNTED`."""
    bits: NDArray[np.uint64] = inputs.columns["warnings"] & _COUNTED
    return np.bitwise_count(bits)


def warned_of(name: str) -> Function:
    """Give 1 where intake recorded the warning."""
    bit = np.uint64(1 << WARNINGS.index(name))
    return lambda inputs: (inputs.columns["warnings"] & bit) != 0


WARNED: tuple[Feature, ...] = (
    Feature("warnings", "warnings", (), "number of warnings of intake", warning_count),
    *(
        Feature(
            f"warned_{name}",
            "warnings",
            fields,
            "warning of intake",
            warned_of(name),
            value_model=name in _VALUE_MODEL,
        )
        for name, fields in _FIELDS.items()
    ),
)
"""Features of the warnings of intake."""
