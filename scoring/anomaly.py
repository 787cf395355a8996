"""How unlike the usual an item is: what a booster that learnt from unlabelled rows says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.calibration import DECIMALS
from scoring.contributions import Contributor

Floats = NDArray[np.float64]

_POINTS = 1001


@dataclass(frozen=True)
class AnomalyModel:
    """A booster and the scores of reference rows: `raw` rises, `share` is the part of them at or below.

    The booster's raw score is greater the more alone a row stands; what it was taught by is training's matter
    (docs/decisions/anomaly.md). Matrices hold all columns of the recipe. `contributor` is who explains it:
    LightGBM, until tables were made and tried.
    """

    booster: Booster
    raw: tuple[float, ...]
    share: tuple[float, ...]
    contributor: Contributor | None = None

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

    def with_tables(self, rows: Floats) -> AnomalyModel:
        """Give the model explained by tables, if these say of the rows what LightGBM says."""
        return replace(self, contributor=Contributor.tried(self.booster, rows))

    def contributions(self, matrix: Floats) -> Floats:
        """Give what each column adds to the booster's score of each row, (n, columns + 1), its mean last."""
        explaining = self.contributor or Contributor(self.booster)
        return explaining.contributions(matrix, self.booster.predict(matrix, raw=True))

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
