"""From the raw log-odds of the booster to a probability that means what it says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scoring.errors import ScoringError

Floats = NDArray[np.float64]

DECIMALS = 12
"""Decimals of a probability: the last bits of `exp` differ between processors, what is recorded must not."""

USUAL_SHIFT = 0.3
"""Log-odds by which the level of all items usually differs from that of inspected ones: what few rows show is
drawn towards none by it."""

_RIDGE = 1.0
_STEPS = 100
_START = np.array([1.0, 1.0, 0.0])
_FREE = ((True, True), (True, False), (False, True), (False, False))


@dataclass(frozen=True)
class Calibration:
    """Beta calibration: logit(risk) = a ln(p) - b ln(1 - p) + c, where p = 1 / (1 + exp(-raw)).

    With a = b it is Platt's; with a = b = 1 and c = 0 it changes nothing. a and b are never negative, so that
    it never turns the order of two items around. Source: Kull, Silva Filho & Flach 2017, AISTATS.

    >>> Calibration(1.0, 1.0, 0.0).apply(np.array([0.0, math.log(3)]))
    array([0.5 , 0.75])
    """

    a: float
    b: float
    c: float

    @classmethod
    def fit(cls, raw: ArrayLike, label: ArrayLike, weight: ArrayLike | None = None) -> Calibration:
        """Learn from raw scores and labels (0 or 1) that the booster was not trained on.

        Maximum likelihood under a weak prior around no change, so that few or separable rows do no harm.
        """
        score = np.asarray(raw, dtype=np.float64)
        y = np.asarray(label, dtype=np.float64)
        rows = np.ones_like(score) if weight is None else np.asarray(weight, dtype=np.float64)
        _check(score, y)
        likelihood = _Likelihood(np.column_stack([*_parts(score), np.ones_like(score)]), y, rows)
        fits = [likelihood.fit(np.array([*free, True])) for free in _FREE]
        best = min((found for found in fits if found[0] >= 0 and found[1] >= 0), key=likelihood.loss)
        return cls(float(best[0]), float(best[1]), float(best[2]))

    def levelled(self, raw: ArrayLike, label: ArrayLike, weight: ArrayLike) -> Calibration:
        """Give the map whose log-odds are moved by one number, to the level that weighed rows show.

        The likeliest number under a normal prior around 0 with the spread `USUAL_SHIFT`: without rows none.

        >>> moved = IDENTITY.levelled(np.zeros(1000), np.arange(1000) % 4 == 0, np.ones(1000))
        >>> round(moved.c, 2), IDENTITY.levelled([], [], []) == IDENTITY
        (-1.04, True)
        """
        odds = self._odds(np.asarray(raw, dtype=np.float64))
        y, rows = np.asarray(label, dtype=np.float64), np.asarray(weight, dtype=np.float64)
        _check(odds, y)
        shift, certainty = 0.0, 1 / USUAL_SHIFT**2
        for _ in range(_STEPS):
            p = _logistic(odds + shift)
            slope = (rows * (p - y)).sum() + certainty * shift
            shift -= float(np.clip(slope / ((rows * p * (1 - p)).sum() + certainty), -1.0, 1.0))
        return replace(self, c=self.c + shift)

    def apply(self, raw: Floats) -> Floats:
        """Give the probability of each raw score: monotone, in [0, 1], rounded to 12 decimals."""
        return np.round(_logistic(self._odds(np.asarray(raw, dtype=np.float64))), DECIMALS)

    def _odds(self, raw: Floats) -> Floats:
        up, down = _parts(raw)
        return self.a * up + self.b * down + self.c

    def to_json(self) -> dict[str, float]:
        """Give the coefficients; floats survive JSON to the last bit."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, float]) -> Calibration:
        """Read what to_json wrote; negative or infinite coefficients are refused."""
        found = cls(float(data["a"]), float(data["b"]), float(data["c"]))
        if not (found.a >= 0 and found.b >= 0 and all(map(math.isfinite, (found.a, found.b, found.c)))):
            raise ScoringError("a calibration is not monotone", remedy="train and calibrate the model again")
        return found


IDENTITY = Calibration(1.0, 1.0, 0.0)
"""The calibration that changes nothing."""


def _check(score: Floats, label: Floats) -> None:
    if score.shape != label.shape or score.ndim != 1 or not np.isin(label, (0.0, 1.0)).all():
        raise ScoringError(
            "calibration needs one label, 0 or 1, for each score", remedy="leave out unlabelled rows"
        )


def _parts(score: Floats) -> tuple[Floats, Floats]:
    """Give ln(p) and -ln(1 - p): both rise with the score."""
    fall = np.log1p(np.exp(-np.abs(score)))
    return -(np.maximum(-score, 0.0) + fall), np.maximum(score, 0.0) + fall


def _logistic(z: Floats) -> Floats:
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)


@dataclass(frozen=True)
class _Likelihood:
    """The penalised likelihood of the coefficients (a, b, c) on rows of ln(p), -ln(1 - p), 1."""

    parts: Floats
    y: Floats
    rows: Floats

    def fit(self, free: NDArray[np.bool_]) -> Floats:
        """Give the coefficients that lose least, by Newton's steps; those that are not free stay at 0."""
        found = _START * free
        for _ in range(_STEPS):
            moved = self._shortened(found, self._step(found, free))
            if self.loss(found) - self.loss(moved) <= 1e-12 * max(1.0, abs(self.loss(found))):
                break
            found = moved
        return found

    def loss(self, found: Floats) -> float:
        """Give what the coefficients lose: minus the log-likelihood, and the prior."""
        z = (self.parts * found).sum(axis=1)
        likelihood = np.maximum(z, 0.0) - z * self.y + np.log1p(np.exp(-np.abs(z)))
        return float((self.rows * likelihood).sum() + _RIDGE / 2 * ((found - _START) ** 2).sum())

    def _step(self, found: Floats, free: NDArray[np.bool_]) -> Floats:
        p = _logistic((self.parts * found).sum(axis=1))
        slope = self.parts.T @ (self.rows * (p - self.y)) + _RIDGE * (found - _START)
        curve = (self.parts * (self.rows * p * (1 - p))[:, np.newaxis]).T @ self.parts + _RIDGE * np.eye(3)
        step = np.zeros(3)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], slope[free])
        return step

    def _shortened(self, found: Floats, step: Floats) -> Floats:
        """Take the step, halved until it no longer climbs."""
        for halving in range(40):
            moved: Floats = found - step / 2**halving
            if self.loss(moved) <= self.loss(found):
                return moved
        return found
