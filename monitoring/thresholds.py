"""How far is too far: a floor that matters in practice, raised where chance alone would reach it.

Without drift the stability index of n against m items in B bins is near (1/n + 1/m) times a chi-square with
B - 1 degrees of freedom (Yurdakul & Naranjo 2020, Journal of Risk Model Validation 14-4), and a share moves
by its standard error. `confidence` is shared out over all columns (Bonferroni).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from monitoring.settings import MonitoringSettings


@dataclass(frozen=True)
class Thresholds:
    """The thresholds of one comparison: `columns` looked at, `reference` and `current` items.

    >>> few, many = (Thresholds(MonitoringSettings(), 50, 20_000, items) for items in (200, 20_000))
    >>> round(few.psi(10), 2), many.psi(10)
    (0.39, 0.1)
    """

    settings: MonitoringSettings
    columns: int
    reference: int
    current: int

    def psi(self, bins: int) -> float:
        """Give the stability index from which a column of so many bins has drifted."""
        if bins < 2:
            return self.settings.psi
        chance = self._noise * _chi_square(self._confidence, bins - 1)
        return max(self.settings.psi, chance)

    def missing(self, before: float, now: float) -> float:
        """Give the rise of a share of missing values that raises an alert."""
        return max(self.settings.missing, self._chance_rise(before, now))

    def unseen(self, before: float, now: float) -> float:
        """Give the rise of a share of unseen categories that raises an alert."""
        return max(self.settings.unseen, self._chance_rise(before, now))

    def _chance_rise(self, before: float, now: float) -> float:
        pooled = (before * self.reference + now * self.current) / (self.reference + self.current)
        return NormalDist().inv_cdf(self._confidence) * math.sqrt(pooled * (1 - pooled) * self._noise)

    @property
    def _noise(self) -> float:
        return self.settings.resemblance * (1 / self.reference + 1 / self.current)

    @property
    def _confidence(self) -> float:
        return 1 - (1 - self.settings.confidence) / max(1, self.columns)


def _chi_square(confidence: float, freedom: int) -> float:
    """Give the chi-square quantile, within 1 % (Wilson & Hilferty 1931)."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + NormalDist().inv_cdf(confidence) * math.sqrt(spread)) ** 3)
