"""The figures behind a reason that speaks of neighbouring codes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from features.definitions.logarithm import LOG_UNIT
from features.definitions.neighbouring_codes import LEAST_ITEMS
from scoring.row import Parameters, Row

_LOOKS: Mapping[str, tuple[str, str, str]] = {
    "value": ("uv", "cif", "net_kg"),
    "package": ("pk", "net_kg", "packages"),
    "piece": ("mq", "net_kg", "quantity"),
}


def neighbouring_codes(row: Row) -> Parameters:
    """Give the value of a kilogram and the masses of a package and a piece, of the item and of codes.

    Beside what is declared stand geometric means: of the subheading, of the others of its heading, of the
    other headings of its chapter; None where there are too few items.
    """
    code = row.text("hs_code")
    found: Parameters = {"subheading": None if code is None else code[:6]}
    for name, (of, above, below) in _LOOKS.items():
        over, under = row.number(above), row.number(below)
        found[f"{name}_declared"] = over / under if over is not None and under else None
        found[f"{name}_own"] = _mean(row, f"hs6.{of}")
        found[f"{name}_heading"] = _mean(row, f"hs4.{of}", f"hs6.{of}")
        found[f"{name}_chapter"] = _mean(row, f"hs2.{of}", f"hs4.{of}")
    return found


def _mean(row: Row, of: str, without: str = "") -> float | None:
    """Give the geometric mean of a history of logarithms, without the part of it that is another's."""
    items, total = (
        row.count(f"{of}_{kind}") - (row.count(f"{without}_{kind}") if without else 0)
        for kind in ("n", "sum")
    )
    return math.exp(total / items / LOG_UNIT) if items >= LEAST_ITEMS else None
