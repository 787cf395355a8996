"""How unlike the usual an item is: what a classifier of real rows against permuted rows says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.calibration import DECIMALS

Floats = NDArray[np.float64]

_POINTS = 1001


def permuted(matrix: Floats, rng: np.random.Generator) -> Floats:
    """Give as many rows, each column drawn on its own from its values: all are usual, no combination is.

    The anomaly booster is trained on real rows (label 0) against these (label 1). Values are drawn with
    replacement: against exact permutations no single column differs at all, every first split gains nothing,
    and a greedy tree never makes it. Train with bagging or random thresholds (`extra_trees`) besides.
    Source: Breiman & Cutler's unsupervised random forest; Shi & Horvath 2006, section 2.
    """
    rows = rng.integers(0, max(len(matrix), 1), size=matrix.shape)
    return np.take_along_axis(matrix, rows, axis=0)


@dataclass(frozen=True)
class AnomalyModel:
    """A booster and the scores of reference rows: `raw` rises, `share` is the part of them at or below.

    Matrices hold all columns of the recipe.
    """

    booster: Booster
    raw: tuple[float, ...]
    share: tuple[float, ...]

    @classmethod
    def fit(cls, booster: Booster, reference: Floats) -> AnomalyModel:
        """Learn the usual scores from reference rows: recent ones, inspected or not."""
        scores = np.sort(booster.predict(reference, raw=True))
        picked = np.unique(np.quantile(scores, np.linspace(0, 1, _POINTS), method="nearest"))
        below = np.searchsorted(scores, picked, "left") + np.searchsorted(scores, picked, "right")
        share = np.round(below / (2 * scores.size), DECIMALS)
        return cls(booster, tuple(map(float, picked)), tuple(map(float, share)))

    def score(self, matrix: Floats) -> Floats:
        """Give the share of reference rows less unusual than each row, in [0, 1]; ties count half."""
        raw = self.booster.predict(matrix, raw=True)
        return np.round(np.interp(raw, *self._reference, left=0.0, right=1.0), DECIMALS)

    def to_json(self) -> dict[str, list[float]]:
        """Give the reference scores; the booster is a file of its own."""
        return {"raw": list(self.raw), "share": list(self.share)}

    @classmethod
    def from_json(cls, booster: Booster, data: Mapping[str, Sequence[float]]) -> AnomalyModel:
        """Read what to_json wrote, beside its booster."""
        return cls(booster, tuple(map(float, data["raw"])), tuple(map(float, data["share"])))

    @cached_property
    def _reference(self) -> tuple[Floats, Floats]:
        return np.array(self.raw), np.array(self.share)
