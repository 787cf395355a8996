"""What a group bears beside all others: selections, what they find, and those of who did nothing wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from customs.evidence import Disparity
from estimation.ranking import taken
from estimation.sums import Sums

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Columns = dict[str, Floats]

_BINS = 5
"""Parts of equal counts by predicted risk that a group's items are among."""

SELECTION, HITS, NEEDLESS = "selection", "hits", "needless"


def selected(risk: Floats, rows: Mapping[str, Bools], capacity: float) -> Columns:
    """Give, for each group and all others, the items and what part of each is selected at a capacity."""
    part = taken(risk, capacity)
    return _parts(rows, {"all": np.ones(len(part)), "chosen": part})


def found_of(label: Floats, risk: Floats, rows: Mapping[str, Bools], capacity: float) -> Columns:
    """Give the same of inspected items, with what was found in them and what the selection finds of it."""
    part, fifth = taken(risk, capacity), bin_of(risk, _BINS)
    gaps = {f"gap {number}": np.where(fifth == number, risk - label, 0.0) for number in range(_BINS)}
    return _parts(
        rows,
        gaps
        | {
            "all": np.ones(len(part)),
            "chosen": part,
            "illicit": label,
            "licit": 1 - label,
            "hits": part * label,
            "misses": part * (1 - label),
            "risk": risk,
        },
    )


def gaps_of(name: str) -> list[str]:
    """Give the names of what was predicted of a group beyond what was found, by parts of the predicted."""
    return [f"{name} gap {number}" for number in range(_BINS)]


def bin_of(risk: Floats, bins: int) -> NDArray[np.intp]:
    """Give the number of the part of equal counts that each risk is in; equal ones are never parted."""
    edges = np.unique(np.quantile(risk, np.arange(1, bins) / bins))
    return np.searchsorted(edges, risk, side="right")


def _parts(rows: Mapping[str, Bools], columns: Mapping[str, Floats]) -> Columns:
    """Give each column in each group, and in all others (`~`)."""
    sides = {side: one for name, own in rows.items() for side, one in ((name, own), (f"~{name}", ~own))}
    return {
        f"{side} {what}": np.where(one, values, 0.0)
        for side, one in sides.items()
        for what, values in columns.items()
    }


def borne_by(attribute: str, name: str, chosen: Sums, found: Sums) -> Iterator[Disparity]:
    """Give what a group bears: selections, hits of them, and selections of those who did nothing wrong."""
    for measure, sums, above, below in (
        (SELECTION, chosen, "chosen", "all"),
        (HITS, found, "hits", "chosen"),
        (NEEDLESS, found, "misses", "licit"),
    ):
        own, others = ((f"{side} {above}", f"{side} {below}") for side in (name, f"~{name}"))
        yield Disparity(attribute, name, measure, sums.relative(own, others))
