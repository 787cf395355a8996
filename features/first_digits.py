"""First digits of amounts against the law of Benford: a look at a whole file, never a feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXPECTED: tuple[float, ...] = tuple(float(np.log10(1 + 1 / digit)) for digit in range(1, 10))
"""Share of each first digit 1 to 9 by Benford's law."""


@dataclass(frozen=True)
class FirstDigits:
    """How often each digit 1 to 9 comes first. Tables of parts add up to the table of the whole.

    >>> digits = first_digits(np.array([1.0, 12.0, 0.0031, -5.0, 0.0, np.nan]))
    >>> digits.counts, round(digits.shares()[0], 3)
    ((2, 0, 1, 0, 0, 0, 0, 0, 0), 0.667)
    """

    counts: tuple[int, ...] = (0,) * 9

    def __add__(self, other: FirstDigits) -> FirstDigits:
        return FirstDigits(tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))

    def shares(self) -> tuple[float, ...]:
        """Observed share of each digit; NaN without any amount."""
        total = sum(self.counts)
        return tuple(count / total if total else float("nan") for count in self.counts)

    def mean_absolute_deviation(self) -> float:
        """Mean of |observed − expected| over the nine digits; above 0.015 is called nonconformity.

        Nigrini (2012), Benford's Law, table 7.1.
        """
        return float(np.mean(np.abs(np.array(self.shares()) - np.array(EXPECTED))))


def first_digits(amounts: NDArray[np.float64]) -> FirstDigits:
    """Counts of the first significant digit of each positive amount; others are left out."""
    positive = amounts[np.isfinite(amounts) & (amounts > 0)]
    exponent = np.floor(np.log10(positive))
    digits = np.clip((positive / 10.0**exponent + 1e-9).astype(np.int64), 1, 9)
    return FirstDigits(tuple(np.bincount(digits, minlength=10)[1:10].tolist()))
