"""The probability that an item is illicit, and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from scoring.calibration import Calibration
from scoring.contributions import checked

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RiskModel:
    """A binary booster and its calibration. `matrix` is (n, columns of the recipe), float64."""

    booster: Booster
    calibration: Calibration

    def raw(self, matrix: Floats) -> Floats:
        """Give the raw score of each row, in log-odds before calibration: what contributions add up to."""
        return self.booster.predict(matrix, raw=True)

    def risk(self, matrix: Floats) -> Floats:
        """Give the calibrated probability of each row."""
        return self.calibration.apply(self.raw(matrix))

    def contributions(self, matrix: Floats, raw: Floats) -> Floats:
        """Give the contributions in log-odds, (n, columns + 1), checked to add up to the raw scores."""
        return checked(self.booster.contributions(matrix), raw)
