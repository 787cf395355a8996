"""Why the risk of an item is high or low: contributions in groups, each with the figures behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    item = Row(columns, history, row, sources)
    (found,) = explain_all(recipe, parts[np.newaxis], [item], top=top)
    return found


def explain_all(
    recipe: Recipe, parts: Floats, items: Sequence[Row], *, top: int = 5
) -> Iterator[tuple[Reason, ...]]:
    """Give the reasons of each row, by its line of `parts`, (n, columns + 1); see `explain`."""
    codes, sums = _sums(recipe, parts)
    for item, line, order, base in zip(
        items, sums.tolist(), _orders(sums), parts[:, -1].tolist(), strict=True
    ):
        shown = [place for place in order[:top] if line[place] != 0]
        left = order[len(shown) :]
        rest = _reason(OTHER, sum(line[place] for place in left), {"groups": len(left)})
        strongest = [_reason(codes[place], line[place], _figures(codes[place], item)) for place in shown]
        yield (*strongest, rest, _reason(BASELINE, base, {}))


def raising(
    recipe: Recipe, parts: Floats, items: Sequence[Row], *, top: int = 3
) -> Iterator[tuple[Reason, ...]]:
    """Give up to `top` groups that raise the score of each row, the strongest first."""
    codes, sums = _sums(recipe, parts)
    for item, line, order in zip(items, sums.tolist(), _orders(sums), strict=True):
        shown = [place for place in order[:top] if line[place] > 0]
        yield tuple(_reason(codes[place], line[place], _figures(codes[place], item)) for place in shown)


def summed(recipe: Recipe, parts: Floats) -> dict[str, float]:
    """Give what each reason code contributes to a row, in log-odds; `parts` are those of its columns."""
    codes, sums = _sums(recipe, parts[np.newaxis])
    return dict(zip(codes, sums[0].tolist(), strict=True))


def _sums(recipe: Recipe, parts: Floats) -> tuple[tuple[str, ...], Floats]:
    """Give the reason codes and what each contributes to each row, (n, codes)."""
    if parts.shape[1] != len(recipe.names) + 1:
        raise ColumnError(
            f"{parts.shape[1]} contributions for {len(recipe.names)} columns",
            remedy="take scores, recipe and contributions from one bundle",
        )
    codes, group = _grouping(recipe.reason_codes)
    if len(parts) == 1:
        alone: Floats = np.bincount(group, weights=parts[0, :-1]).astype(np.float64, copy=False)
        return codes, alone[np.newaxis]
    sums = np.zeros((len(codes), len(parts)))
    for place, column in zip(group.tolist(), np.ascontiguousarray(parts[:, :-1].T), strict=True):
        sums[place] += column
    return codes, np.ascontiguousarray(sums.T)


def _orders(sums: Floats) -> list[list[int]]:
    """Give the places of the codes of each row: those that raise the score first, each kind by strength."""
    order: list[list[int]] = np.lexsort((-np.abs(sums), sums <= 0)).tolist()
    return order


@cache
def _grouping(code_of_column: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    """Give each code once, and the number of its code for every column."""
    codes = tuple(dict.fromkeys(code_of_column))
    return codes, np.array([codes.index(code) for code in code_of_column])


def _figures(code: str, item: Row) -> Parameters:
    return FIGURES[code](item) if code in FIGURES else {}


def _reason(code: str, contribution: float, parameters: Parameters) -> Reason:
    return Reason(code=code, contribution=contribution, parameters=parameters, catalogue=CATALOGUE)
