"""Bootstrap intervals: honest about clusters, covering what they promise, claiming no skill where none is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from estimation.bootstrap import bootstrap_figures, clustered_bootstrap, skill_claim
from estimation.errors import EstimationError
from estimation.ranking import auc, precision_at


def _mean(values):
    return lambda weight: (weight * values).sum(axis=1) / weight.sum(axis=1)


def test_repeating_every_row_within_its_cluster_does_not_narrow_the_interval():
    values = np.random.default_rng(1).random(200)
    alone = clustered_bootstrap(_mean(values), np.arange(200), rng=np.random.default_rng(2))
    tenfold = clustered_bootstrap(
        _mean(np.repeat(values, 10)), np.repeat(np.arange(200), 10), rng=np.random.default_rng(2)
    )
    assert tenfold.low == pytest.approx(alone.low)
    assert tenfold.high == pytest.approx(alone.high)


def test_the_interval_of_a_clustered_mean_covers_as_often_as_it_promises():
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        shared = np.repeat(rng.normal(size=60), 5)
        values = shared + 0.3 * rng.normal(size=300)
        figure = clustered_bootstrap(
            _mean(values), np.repeat(np.arange(60), 5), rng=rng, replicates=200, level=0.9
        )
        covered += figure.low <= 0 <= figure.high
    assert 165 <= covered <= 192


def test_the_interval_of_precision_at_a_share_covers_the_true_precision():
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        score = rng.random(1500)
        label = (rng.random(1500) < score**2).astype(float)
        truth = (1 - 0.8**3) / 3 / 0.2
        figure = clustered_bootstrap(
            lambda weight, score=score, label=label: precision_at(score, label, 0.2, weight),
            np.arange(1500),
            rng=rng,
            replicates=200,
        )
        covered += figure.low <= truth <= figure.high
    assert covered >= 88


def test_many_figures_of_one_resampling_equal_the_figures_one_by_one():
    rng = np.random.default_rng(4)
    score, label = rng.random(300), (rng.random(300) < 0.3).astype(float)
    statistics = {
        "precision_at_10": lambda weight: precision_at(score, label, 0.1, weight),
        "auc": lambda weight: auc(score, label, weight),
    }
    names = [f"D{number // 3}" for number in range(300)]
    together = bootstrap_figures(statistics, names, rng=np.random.default_rng(9), replicates=100)
    for name, statistic in statistics.items():
        alone = clustered_bootstrap(statistic, names, rng=np.random.default_rng(9), replicates=100)
        assert together[name] == alone


def test_a_figure_that_most_replicates_lack_has_no_interval():
    label = np.zeros(50)
    label[0] = 1
    figure = clustered_bootstrap(
        lambda weight: auc(np.arange(50.0), label, weight), np.arange(50), rng=np.random.default_rng(0)
    )
    assert figure.value == 0.0
    assert math.isnan(figure.low)
    assert math.isnan(figure.high)


def _claim(score, label, seed, **chosen):
    baselines = {
        "random": np.zeros(len(score)),
        "rules": np.floor(3 * np.random.default_rng(0).random(len(score))),
    }
    return skill_claim(
        "precision_at_5",
        lambda held, weight: precision_at(held, label, 0.05, weight),
        score,
        baselines,
        np.arange(len(score)) // 2,
        rng=np.random.default_rng(seed),
        **chosen,
    )


def test_no_skill_is_claimed_in_any_of_twenty_null_worlds():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        claim = _claim(rng.random(1000), (rng.random(1000) < 0.1).astype(float), seed, replicates=1000)
        assert not claim.holds


def test_real_skill_is_claimed_over_the_better_baseline():
    rng = np.random.default_rng(11)
    score = rng.random(4000)
    claim = _claim(score, (rng.random(4000) < score**4).astype(float), 1)
    assert claim.holds
    assert claim.lift > claim.bound > 1
    assert claim.baseline in {"random", "rules"}
    assert claim.level == 0.999


def test_too_few_replicates_for_the_level_claim_nothing():
    score = np.arange(400.0)
    claim = _claim(score, (score > 380).astype(float), 1, replicates=500)
    assert math.isnan(claim.bound)
    assert not claim.holds


def test_a_score_is_never_better_than_itself():
    rng = np.random.default_rng(1)
    score, label = rng.random(500), (rng.random(500) < 0.2).astype(float)
    claim = skill_claim(
        "auc",
        lambda held, weight: auc(held, label, weight),
        score,
        {"champion": score},
        np.arange(500),
        rng=rng,
        replicates=1000,
    )
    assert (claim.lift, claim.bound, claim.holds) == (1.0, 1.0, False)


def test_a_claim_without_a_baseline_is_refused():
    with pytest.raises(EstimationError):
        skill_claim("auc", lambda s, w: w[:, 0], np.zeros(2), {}, [1, 2], rng=np.random.default_rng(0))
