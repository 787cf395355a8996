"""Contributions explain a score only if they add up to it, and are LightGBM's own to nine digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.errors import ContributionError, ForestError
from scoring.tree_shap.explainer import Explainer

Floats = NDArray[np.float64]

ExplainerName: TypeAlias = Literal["tables", "lightgbm"]
"""Who works out contributions. Both say the same to nine digits, and differ in the last bits."""

TOLERANCE = 1e-6
"""Largest distance of a sum of contributions from its raw score, relative to scores above 1."""

EXACT = 1e-9
"""Largest distance of the contributions of tables from LightGBM's, relative to contributions above 1."""


def checked(contributions: Floats, raw: Floats) -> Floats:
    """Give the contributions, (n, columns + 1), unchanged; ContributionError where a row misses its score.

    LightGBM's own sums lose digits in trees deeper than 36 levels: such a model is not explained by them.

    >>> checked(np.array([[0.5, -1.0]]), np.array([-0.5]))
    array([[ 0.5, -1. ]])
    """
    distance = np.abs(contributions.sum(axis=1) - raw)
    worst = float(np.max(distance / np.maximum(1.0, np.abs(raw)), initial=0.0))
    if not worst <= TOLERANCE:
        raise ContributionError(
            f"contributions miss the score by {worst:.1e}", remedy="train with shallower trees (max_depth)"
        )
    return contributions


@dataclass(frozen=True)
class Contributor:
    """Who works out the contributions of a booster: tables made of its trees, or LightGBM itself.

    `refused` says why there are no tables; it is empty where there are, and where none were asked for.
    """

    booster: Booster
    tables: Explainer | None = None
    refused: str = ""

    @classmethod
    def tried(cls, booster: Booster, rows: Floats) -> Contributor:
        """Make tables, and take them if they say what LightGBM says of these rows, alone and together."""
        try:
            tables = Explainer.of(booster.text)
        except ForestError as error:
            return cls(booster, refused=str(error))
        expected = booster.contributions(rows)
        alone = [tables.contributions(rows[row : row + 1]) for row in range(len(rows))]
        together = tables.contributions(rows)
        distance = max(_distance(found, expected) for found in (np.vstack([expected[:0], *alone]), together))
        if distance <= EXACT:
            return cls(booster, tables)
        return cls(booster, refused=f"tables give contributions that are {distance:.1e} off LightGBM's")

    @property
    def name(self) -> ExplainerName:
        """Who it is, as records name it."""
        return "tables" if self.tables else "lightgbm"

    def contributions(self, matrix: Floats, raw: Floats) -> Floats:
        """Give the contributions of each row, (n, columns + 1), checked to add up to its raw score."""
        return checked((self.tables or self.booster).contributions(matrix), raw)


def _distance(found: Floats, expected: Floats) -> float:
    """The largest distance; infinite where one is no number."""
    distance = np.abs(found - expected) / np.maximum(1.0, np.abs(expected))
    return float(np.max(np.nan_to_num(distance, nan=np.inf), initial=0.0))
