"""Intervals by resampling clusters: the items of a declaration, or of a goods tuple, stand or fall together.

A replicate draws as many clusters as there are, with replacement, and is nothing but a row of weights; a
statistic takes (replicates, n) weights and gives one figure a row. Bounds are percentiles.
Source: Davison & Hinkley 1997, sections 2.4 and 3.8.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from customs.evidence import SkillClaim
from customs.figure import Figure
from estimation.arrays import Floats
from estimation.errors import EstimationError

Statistic = Callable[[Floats], Floats]
"""Weights of the rows, (replicates, n), to one figure a replicate."""

ScoreStatistic = Callable[[Floats, Floats], Floats]
"""A score and weights of the rows to one figure a replicate."""

_CELLS = 1_500_000  # weights held at once: 12 MB


def clustered_bootstrap(
    statistic: Statistic,
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 1000,
    level: float = 0.95,
) -> Figure:
    """Give a statistic with its percentile interval, clusters resampled.

    `clusters` names the cluster of each row (any values that compare). Bounds are NaN where more than one in
    twenty replicates cannot be computed.

    >>> hits = np.array([1.0, 0.0, 1.0, 0.0] * 50)
    >>> rate = lambda weight: (weight * hits).sum(axis=1) / weight.sum(axis=1)
    >>> print(clustered_bootstrap(rate, np.arange(200), rng=np.random.default_rng(1)))
    0.500 [0.430, 0.570]
    """
    figures = bootstrap_figures({"": statistic}, clusters, rng=rng, replicates=replicates, level=level)
    return figures[""]


def bootstrap_figures(
    statistics: Mapping[str, Statistic],
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 1000,
    level: float = 0.95,
) -> dict[str, Figure]:
    """Give many statistics of the same rows, each with its interval, from one resampling."""
    drawn = _replicated(statistics, clusters, replicates, rng)
    values = {
        name: float(of(np.ones((1, cluster_codes(clusters)[0].size)))[0]) for name, of in statistics.items()
    }
    return {name: percentile_figure(values[name], drawn[name], level) for name in statistics}


def paired_figures(
    one: Mapping[str, Statistic],
    other: Mapping[str, Statistic],
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 1000,
    level: float = 0.95,
) -> dict[str, tuple[Figure, Figure, Figure]]:
    """Give, for each statistic that both have, the one, the other, and one less other, resampled together.

    >>> one, other = (lambda w, x=x: (w * x).sum(axis=1) / w.sum(axis=1) for x in (np.ones(9), np.zeros(9)))
    >>> found = paired_figures({"x": one}, {"x": other}, np.arange(9), rng=np.random.default_rng(1))
    >>> print(found["x"][2])
    1.000 [1.000, 1.000]
    """
    names = [name for name in one if name in other]
    keyed = {f"{side} {name}": of[name] for name in names for side, of in (("one", one), ("other", other))}
    drawn = _replicated(keyed, clusters, replicates, rng)
    once = np.ones((1, cluster_codes(clusters)[0].size))
    values = {key: float(of(once)[0]) for key, of in keyed.items()}
    return {
        name: (
            percentile_figure(values[f"one {name}"], drawn[f"one {name}"], level),
            percentile_figure(values[f"other {name}"], drawn[f"other {name}"], level),
            percentile_figure(
                values[f"one {name}"] - values[f"other {name}"],
                drawn[f"one {name}"] - drawn[f"other {name}"],
                level,
            ),
        )
        for name in names
    }


def skill_claim(
    measure: str,
    statistic: ScoreStatistic,
    score: Floats,
    baselines: Mapping[str, Floats],
    clusters: ArrayLike,
    *,
    rng: np.random.Generator,
    replicates: int = 5000,
    level: float = 0.999,
) -> SkillClaim:
    """Give the lift of a score over the better baseline, with its one-sided lower bound at `level`.

    Model and baselines are resampled together (paired), and in each replicate the best baseline of that
    replicate is the denominator, so that choosing it costs no level. A constant score is the random baseline.
    The bound is an order statistic, the lower one where the level falls between two; it is NaN where the
    replicates are too few for the level, and a replicate without any hit counts as no lift.
    """
    _check_baselines(baselines)
    methods = {"": score, **baselines}
    once = np.ones((1, len(score)))
    values = {name: float(statistic(held, once)[0]) for name, held in methods.items()}
    best = max(baselines, key=lambda name: np.nan_to_num(values[name], nan=-math.inf))
    drawn = _replicated(
        {name: _bound(statistic, held) for name, held in methods.items()}, clusters, replicates, rng
    )
    lifts = _lift(drawn[""], np.max([drawn[name] for name in baselines], axis=0))
    rank = math.floor((1 - level) * (replicates + 1) + 1e-9)
    bound = float(np.sort(lifts)[rank - 1]) if rank >= 1 else math.nan
    lift = float(_lift(np.array([values[""]]), np.array([values[best]]))[0])
    return SkillClaim(measure=measure, baseline=best, lift=lift, bound=bound, level=level)


def _check_baselines(baselines: Mapping[str, Floats]) -> None:
    if not baselines or "" in baselines:
        raise EstimationError(
            "skill needs a named baseline", remedy="hand rules, and a constant score for random"
        )


def _bound(statistic: ScoreStatistic, score: Floats) -> Statistic:
    return lambda weight: statistic(score, weight)


def _lift(model: Floats, baseline: Floats) -> Floats:
    """Give model over baseline: infinite where only the baseline found nothing, 0 where neither did."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(model / baseline, nan=0.0, posinf=math.inf)


def _replicated(
    statistics: Mapping[str, Statistic], clusters: ArrayLike, replicates: int, rng: np.random.Generator
) -> dict[str, Floats]:
    blocks = [
        {name: np.asarray(of(weight), dtype=np.float64) for name, of in statistics.items()}
        for weight in _weights(clusters, replicates, rng)
    ]
    return {name: np.concatenate([block[name] for block in blocks]) for name in statistics}


def _weights(clusters: ArrayLike, replicates: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield (some, n) weights, `replicates` rows in all: how often the cluster of each row was drawn."""
    code, count = cluster_codes(clusters)
    for times in times_drawn(count, replicates, rng, rows=code.size):
        yield np.take(times, code, axis=1)


def times_drawn(clusters: int, replicates: int, rng: np.random.Generator, *, rows: int) -> Iterator[Floats]:
    """Yield (some, clusters) counts of how often each was drawn, `replicates` rows in all.

    As many at once as leave (some, rows) weights small.
    """
    most = max(1, _CELLS // max(rows, 1))
    for start in range(0, replicates, most):
        some = min(most, replicates - start)
        draws = rng.integers(0, clusters, size=(some, clusters))
        draws += clusters * np.arange(some)[:, np.newaxis]
        times = np.bincount(draws.ravel(), minlength=some * clusters)
        yield times.reshape(some, clusters).astype(np.float64)


def cluster_codes(clusters: ArrayLike) -> tuple[NDArray[np.intp], int]:
    """Give the number of each row's cluster, from 0 on, and how many there are."""
    names, code = np.unique(np.asarray(clusters), return_inverse=True)
    if not names.size:
        raise EstimationError("no clusters to resample", remedy="hand at least one row")
    return code.astype(np.intp), names.size


def percentile_figure(value: float, drawn: Floats, level: float) -> Figure:
    """Give a value with the percentiles of its replicates; no bounds where too many cannot be computed."""
    known = drawn[~np.isnan(drawn)]
    if math.isnan(value) or known.size < 0.95 * drawn.size:
        return Figure(value, math.nan, math.nan, level)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Figure(value, float(low), float(high), level)
