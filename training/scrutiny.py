"""The probes and the stability of a model that was just learnt: what its own training can look into."""

from __future__ import annotations

import numpy as np

from customs.evidence import Probe, Stability
from features.dataset import Dataset
from features.recipe import Recipe
from training.exam import Exam
from training.learn import Learnt
from training.material import Material
from training.memory_probe import memory_probe
from training.probes import (
    Answered,
    dates_probe,
    feature_probe,
    parity_probe,
    shuffled_probe,
)
from training.risk_learner import RiskLearner
from training.settings import TrainingSettings
from training.split import Index, some_of
from training.stability import stability

_FEATURE_ROWS = 200_000
"""Most rows by which a feature alone is looked at: all of them need not fit into memory."""

_LABEL_SEED = 1_000_003
"""Added to the seed of training, so that no draw of labels is a draw of something else."""


def scrutinise(
    material: Material, learnt: Learnt, exam: Exam, settings: TrainingSettings, *, decontaminated: bool
) -> tuple[tuple[Probe, ...], Stability | None]:
    """Give the verdict of every probe, and how stable the model is; nothing without a model of risk."""
    if learnt.scorer.risk is None or learnt.learner is None:
        return (), None
    rng = np.random.default_rng(settings.seed + _LABEL_SEED)
    data, split = learnt.learner.data, learnt.learner.split
    matrix = data.matrix[split.test]
    clusters = exam.test.columns["declaration_id"].astype(str)
    answered = Answered(exam.test, matrix, learnt.scorer.risk.raw(matrix), clusters)
    known = material.labelled.without_history().take(split.refit)
    some = some_of(split.refit, _FEATURE_ROWS, rng)
    probes = (
        _shuffled(learnt.learner, answered, settings, rng),
        _telling(learnt.learner, some, answered, learnt.scorer.recipe, settings),
        parity_probe(answered, learnt.scorer.recipe, material.history, settings),
        dates_probe(known, learnt.boundaries.test, learnt.boundaries.until, exam.test),
        remembered(exam.known, answered, settings, rng, decontaminated=decontaminated),
    )
    return probes, stability(learnt, matrix, exam.test.label, settings)


def _shuffled(
    learner: RiskLearner, answered: Answered, settings: TrainingSettings, rng: np.random.Generator
) -> Probe:
    shuffled = learner.with_labels_of(rng.permutation(len(learner.data.label)))
    test = rng.permutation(shuffled.data.label)[: len(answered.score)]
    score = shuffled.final().predict(answered.matrix, raw=True)
    return shuffled_probe(score, test, answered.clusters, settings, rng)


def telling(
    learnt: Learnt, answered: Answered, settings: TrainingSettings, rng: np.random.Generator
) -> tuple[Probe, ...]:
    """Give the verdict on the column that alone separates the test rows best; none without a risk model."""
    if learnt.learner is None:
        return ()
    some = some_of(learnt.learner.split.refit, _FEATURE_ROWS, rng)
    return (_telling(learnt.learner, some, answered, learnt.scorer.recipe, settings),)


def _telling(
    learner: RiskLearner, some: Index, answered: Answered, recipe: Recipe, settings: TrainingSettings
) -> Probe:
    return feature_probe(learner.data.matrix[some], learner.data.label[some], answered, recipe, settings)


def remembered(
    known: Dataset,
    answered: Answered,
    settings: TrainingSettings,
    rng: np.random.Generator,
    *,
    decontaminated: bool,
) -> Probe:
    """Give the memory probe's verdict, `known` being the labelled items from before the test part."""
    earlier = known.take(np.argsort(known.columns["customs_date"], kind="stable"))
    return memory_probe(
        earlier.columns, earlier.label, answered, settings, rng, decontaminated=decontaminated
    )
