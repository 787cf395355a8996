"""Why the risk of an item is high or low: contributions in groups, each with the figures behind it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from customs.reason import Reason
from features.columns import Columns, Values
from features.recipe import Recipe
from features.reference.source import NO_SOURCES, Sources
from scoring.errors import ColumnError
from scoring.figures import FIGURES
from scoring.row import Parameters, Row

Floats = NDArray[np.float64]

CATALOGUE = "5"
"""Version of the reason codes, their parameters and their words."""

OTHER, BASELINE = "other", "baseline"


def explain(
    recipe: Recipe,
    parts: Floats,
    columns: Columns,
    history: Values,
    row: int,
    *,
    top: int = 5,
    sources: Sources = NO_SOURCES,
) -> tuple[Reason, ...]:
    """Give the reasons of one row, the strongest first; their contributions add up to the raw score.

    `parts` are the row's contributions in log-odds, the expected value last. Contributions are summed by the
    recipe's groups. First come up to `top` groups, those that raise the risk before those that lower it, each
    kind by strength; then `other`, the sum of the groups left; then `baseline`, where every item starts.
    `sources` are those that the reference values name by their numbers.
    """
    if len(parts) != len(recipe.names) + 1:
        raise ColumnError(
            f"{len(parts)} contributions for {len(recipe.names)} columns",
            remedy="take scores, recipe and contributions from one bundle",
        )
    sums = summed(recipe, parts)
    order = sorted(sums, key=lambda code: (sums[code] <= 0, -abs(sums[code])))
    shown = [code for code in order[:top] if sums[code] != 0]
    item = Row(columns, history, row, sources)
    reasons = [_reason(code, sums[code], _figures(code, item)) for code in shown]
    left = [code for code in order if code not in shown]
    rest = _reason(OTHER, sum(sums[code] for code in left), {"groups": len(left)})
    return (*reasons, rest, _reason(BASELINE, float(parts[-1]), {}))


def summed(recipe: Recipe, parts: Floats) -> dict[str, float]:
    """Give what each reason code contributes to a row, in log-odds; `parts` are those of its columns."""
    codes, group = _grouping(recipe.reason_codes)
    return dict(zip(codes, np.bincount(group, weights=parts[:-1]).tolist(), strict=True))


@cache
def _grouping(code_of_column: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Give each code once, and the number of its code for every column."""
    codes = tuple(dict.fromkeys(code_of_column))
    return codes, np.array([codes.index(code) for code in code_of_column])


def _figures(code: str, item: Row) -> Parameters:
    return FIGURES[code](item) if code in FIGURES else {}


def _reason(code: str, contribution: float, parameters: Parameters) -> Reason:
    return Reason(code=code, contribution=contribution, parameters=parameters, catalogue=CATALOGUE)
