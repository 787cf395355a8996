"""What score a declaration must pass to be among the given share of the recent population."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import ScoringError

Floats = NDArray[np.float64]
Objective = Literal["risk", "revenue", "blend"]

_SHARES = np.unique(np.round(np.concatenate([np.geomspace(1e-4, 0.05, 200), np.linspace(0.05, 1, 191)]), 8))


@dataclass(frozen=True)
class DeclarationScores:
    """Each declaration once, (n,), with its scores; NaN where none of its items has one."""

    names: NDArray[np.object_]
    risk: Floats
    revenue: Floats
    blend: Floats


def declaration_scores(declaration: ArrayLike, risk: Floats, revenue: Floats) -> DeclarationScores:
    """Give the scores of declarations from those of their items, as `selection.lanes` does for one.

    `risk` is the largest of its items, `revenue` their sum, `blend` the geometric mean of both over the items
    that have both. Items without a score count for nothing.

    >>> found = declaration_scores(["A", "B", "A"], np.array([0.1, 0.2, 0.4]), np.array([50, np.nan, 40.0]))
    >>> found.names.tolist(), found.risk.tolist(), found.revenue.tolist(), found.blend.tolist()
    (['A', 'B'], [0.4, 0.2], [90.0, nan], [6.0, nan])
    """
    names, code = np.unique(np.asarray(declaration, dtype=object), return_inverse=True)
    order = np.argsort(code, kind="stable")
    starts = np.searchsorted(code[order], np.arange(names.size))
    if not names.size:
        return DeclarationScores(names, np.empty(0), np.empty(0), np.empty(0))
    risk, revenue = risk[order], revenue[order]
    both = np.where(np.isnan(risk) | np.isnan(revenue), np.nan, 1.0)
    blend = np.sqrt(
        np.maximum(np.fmax.reduceat(risk * both, starts), 0.0)
        * np.maximum(_total(revenue * both, starts), 0.0)
    )
    return DeclarationScores(names, np.fmax.reduceat(risk, starts), _total(revenue, starts), blend)


def _total(values: Floats, starts: NDArray[np.intp]) -> Floats:
    known = ~np.isnan(values)
    total = np.add.reduceat(np.where(known, values, 0.0), starts)
    return np.where(np.logical_or.reduceat(known, starts), total, np.nan)


@dataclass(frozen=True)
class Thresholds:
    """Scores of declarations that a share of the recent population, inspected or not, lies above."""

    shares: tuple[float, ...]
    risk: tuple[float, ...]
    revenue: tuple[float, ...]
    blend: tuple[float, ...]

    @classmethod
    def fit(cls, declaration: ArrayLike, risk: Floats, revenue: Floats) -> Thresholds:
        """Learn from the items of a recent population: their declarations, risks and expected revenues."""
        found = declaration_scores(declaration, risk, revenue)
        return cls(tuple(map(float, _SHARES)), _upper(found.risk), _upper(found.revenue), _upper(found.blend))

    def threshold(self, objective: Objective, share: float) -> float:
        """Give the score that about `share` of declarations lie above: select where the score is greater.

        Where many declarations have the same score, fewer lie above it, never more. 0 gives infinity, 1 minus
        infinity; NaN where no declaration had such a score.
        """
        if not 0 <= share <= 1:
            raise ScoringError(f"share is {share}", remedy="choose a share from 0 to 1")
        if share in (0, 1):
            return -math.inf if share else math.inf
        scores = {"risk": self.risk, "revenue": self.revenue, "blend": self.blend}[objective]
        if not scores:
            return math.nan
        place = bisect_right(self.shares, share + 1e-12) - 1
        return scores[0] if place < 0 else self._between(scores, place, share)

    def to_json(self) -> dict[str, list[float]]:
        """Give the grid; floats survive JSON to the last bit."""
        return {name: list(numbers) for name, numbers in vars(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Sequence[float]]) -> Thresholds:
        """Read what to_json wrote."""
        return cls(*(tuple(map(float, data[name])) for name in ("shares", "risk", "revenue", "blend")))

    def _between(self, scores: tuple[float, ...], place: int, share: float) -> float:
        return float(np.interp(share, self.shares[place : place + 2], scores[place : place + 2]))


def _upper(scores: Floats) -> tuple[float, ...]:
    """Give, for each share of the grid, the score that at most that share lies above; nothing without any."""
    known = np.sort(scores[~np.isnan(scores)])[::-1]
    if not known.size:
        return ()
    places = np.minimum(np.floor(_SHARES * known.size + 1e-9).astype(np.intp), known.size - 1)
    return tuple(map(float, known[places]))
