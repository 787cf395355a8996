"""The probability that an item is illicit, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.calibration import Calibration
from scoring.contributions import Contributor

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RiskModel:
    """A binary booster and its calibration. `matrix` is (n, columns of the recipe), float64.

    `contributor` is who explains it: LightGBM, until tables were made and tried.
    """

    booster: Booster
    calibration: Calibration
    contributor: Contributor | None = None

    def with_tables(self, rows: Floats) -> RiskModel:
        """Give the model explained by tables, if these say of the rows what LightGBM says."""
        return replace(self, contributor=Contributor.tried(self.booster, rows))

    @property
    def explained_by(self) -> Contributor:
        """Who works out the contributions."""
        return self.contributor or Contributor(self.booster)

    def explained_by_lightgbm(self) -> RiskModel:
        """Give the model explained by LightGBM itself, whatever tables there are."""
        return replace(self, contributor=None)

    def raw(self, matrix: Floats) -> Floats:
        """Give the raw score of each row, in log-odds before calibration: what contributions add up to."""
        return self.booster.predict(matrix, raw=True)

    def risk(self, matrix: Floats) -> Floats:
        """Give the calibrated probability of each row."""
        return self.calibration.apply(self.raw(matrix))

    def contributions(self, matrix: Floats, raw: Floats) -> Floats:
        """Give the contributions in log-odds, (n, columns + 1), checked to add up to the raw scores."""
        return self.explained_by.contributions(matrix, raw)
