"""A figure never stands alone: it has an interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """An estimate with the bounds of its interval at `level` (0.95: 2.5 % lie on either side).

    Bounds are NaN where the data cannot give an interval; they are then shown as absent, not as zero.

    >>> print(Figure(0.41, 0.38, 0.44))
    0.410 [0.380, 0.440]
    """

    value: float
    low: float
    high: float
    level: float = 0.95

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"
