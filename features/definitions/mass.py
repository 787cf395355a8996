"""Mass, packing and quantity, and their deviations from the commodity's."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Function, Inputs
from features.definitions.logarithm import grid_log
from features.definitions.numbers import declared_value, gap_to_mean, number, ratio


def log_of(field: str) -> Function:
    """Give the logarithm of a field."""
    return lambda inputs: inputs.once(_logarithms)[field]


def _logarithms(inputs: Inputs) -> dict[str, Floats]:
    fields = {name: inputs.number(name) for name in ("net_kg", "quantity", "packages")}
    fields["cif"] = inputs.once(declared_value)
    return dict(zip(fields, grid_log(np.stack(list(fields.values()))), strict=True))


_NET, _PACKED, _PIECE = ("net_kg", "gross_kg"), ("net_kg", "packages"), ("net_kg", "quantity")

MASS: tuple[Feature, ...] = (
    Feature("net_kg_log", "mass", ("net_kg",), "ln of the net mass", log_of("net_kg"), value_model=True),
    Feature(
        "quantity_log", "mass", ("quantity",), "ln of the quantity", log_of("quantity"), value_model=True
    ),
    Feature(
        "packages_log",
        "mass",
        ("packages",),
        "ln of the number of packages",
        log_of("packages"),
        value_model=True,
    ),
    Feature(
        "net_share",
        "mass",
        _NET,
        "net over gross mass",
        ratio("net_kg", "gross_kg"),
        value_model=True,
    ),
    Feature(
        "net_share_gap",
        "mass",
        (*_NET, "hs_code"),
        "net over gross mass less the subheading's mean",
        gap_to_mean("hs6.ng"),
        value_model=True,
    ),
    Feature(
        "package_mass",
        "mass",
        _PACKED,
        "ln of the mass of a package",
        number("pk"),
        value_model=True,
    ),
    Feature(
        "package_mass_gap",
        "mass",
        (*_PACKED, "hs_code"),
        "ln mass of a package less the subheading's mean",
        gap_to_mean("hs6.pk"),
        value_model=True,
    ),
    Feature(
        "piece_mass",
        "mass",
        _PIECE,
        "ln of the mass of a piece",
        number("mq"),
        value_model=True,
    ),
    Feature(
        "piece_mass_gap",
        "mass",
        (*_PIECE, "hs_code"),
        "ln mass of a piece less the subheading's mean",
        gap_to_mean("hs6.mq"),
        value_model=True,
    ),
)
"""Features of mass, packing and quantity."""
