"""Boosters of each kind of finding, and the one that they teach."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimation.ranking import auc
from features.dataset import Dataset
from features.recipe import Recipe
from scoring.booster import Booster
from training.choice import Chosen
from training.material import Prepared
from training.risk_learner import RiskLearner
from training.risk_model import FIRST, LabelledMatrix, fit_risk
from training.settings import TrainingSettings
from training.split import LabelledRows, Split, boundaries_of, split_by_time
from training.teacher import MANY_LABELS, REST, Student, Teacher, kinds_of, labels_of

SETTINGS = TrainingSettings(rounds=60, patience=10, forward_windows=2, most_leaves=1500)
CHOSEN = Chosen(FIRST, 40.0, {}, {})
NEVER = np.iinfo(np.int32).min


def kinds_apart(rows: int, seed: int) -> LabelledMatrix:
    """A false value shows in the first column, a false origin in the second."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, 4))
    chance = rng.random((2, rows))
    value, origin = (chance[of] < 0.4 / (1 + np.exp(-4 * (matrix[:, of] - 1.5))) for of in (0, 1))
    finding = np.where(value, "value", np.where(origin, "origin", "none")).astype(object)
    label = (value | origin).astype(np.float64)
    return LabelledMatrix(matrix, label, ("a", "b", "c", "d"), (), finding=finding)


def split_of(rows: int) -> Split:
    days = np.sort(np.random.default_rng(0).integers(0, 300, rows)).astype(np.int32)
    came = LabelledRows(days, days, np.arange(rows))
    return split_by_time(came, boundaries_of(came, 301, SETTINGS), SETTINGS)


def items(matrix: np.ndarray, *, day: int = 0, known: int = 0) -> Prepared:
    """Items that nobody inspected."""
    rows = len(matrix)
    columns = {"customs_date": np.full(rows, day, np.int32), "known_date": np.full(rows, known, np.int32)}
    columns |= {"declaration_id": np.arange(rows), "cif": np.full(rows, np.nan), "net_kg": np.ones(rows)}
    nothing, none = np.full(rows, np.nan), np.full(rows, None, object)
    data = Dataset(columns, {}, nothing, nothing, none, np.full(rows, NEVER, np.int32), nothing, none, none)
    return Prepared(data, Recipe({}, {}), 301, matrix)


def test_a_kind_with_few_findings_is_taken_together_with_the_other_rare_ones() -> None:
    data = kinds_apart(4000, 1)
    few = data.finding.copy()  # type: ignore[union-attr]
    few[np.flatnonzero(few == "origin")[5:]] = "ip"
    few[np.flatnonzero(few == "ip")[5:10]] = "other"
    kinds = kinds_of(replace(data, finding=few), np.arange(4000))
    assert kinds == ("ip", "value", REST)
    labels = labels_of(replace(data, finding=few), kinds)
    assert labels[REST].sum() == 10
    assert np.array_equal(sum(labels.values()), data.label)


def test_where_one_kind_alone_was_found_there_is_nothing_to_take_apart() -> None:
    data = kinds_apart(1000, 1)
    assert kinds_of(replace(data, finding=None), np.arange(1000)) == ()


def test_the_one_that_is_taught_ranks_as_its_teachers_do_and_means_what_they_mean() -> None:
    data, split, asked = kinds_apart(4000, 1), split_of(4000), kinds_apart(20_000, 2)
    teacher = Teacher.of(data, split, items(kinds_apart(20_000, 3).matrix), FIRST, SETTINGS)
    assert set(teacher.rounds) == {"value", "origin"}
    said = replace(teacher, population=items(asked.matrix)).risk(split.refit, 301, np.arange(20_000))
    student = Booster(teacher.teach(split.refit, 301).text)
    heard = student.predict(asked.matrix)
    assert np.corrcoef(said, heard)[0, 1] > 0.95
    assert heard.mean() == pytest.approx(asked.label.mean(), rel=0.15)
    plain = Booster(fit_risk(data, split.refit, FIRST, 40, SETTINGS).text).predict(asked.matrix)
    assert auc(heard, asked.label) > auc(plain, asked.label) - 0.01


def test_uninspected_is_what_was_known_before_the_day_without_an_outcome_known_by_then() -> None:
    prepared = items(np.zeros((4, 1)))
    data = prepared.data
    data.columns["customs_date"][:] = [5, 5, 5, 10]
    data.columns["known_date"][:] = [5, 12, 5, 10]
    label = np.array([np.nan, np.nan, 1.0, np.nan])
    told = replace(data, label=label, known_date=np.array([NEVER, NEVER, 11, NEVER], np.int32))
    prepared = Prepared(told, prepared.recipe, 301, np.arange(4.0).reshape(-1, 1))
    assert prepared.uninspected(10).tolist() == [0, 2]
    assert prepared.uninspected(12).tolist() == [0, 3]


def test_without_many_uninspected_items_the_labels_teach_themselves() -> None:
    data, split = kinds_apart(2000, 1), split_of(2000)
    few, many = (items(kinds_apart(rows, 3).matrix) for rows in (1000, 5000))
    plain = fit_risk(data, split.refit, FIRST, 40, SETTINGS).text
    assert RiskLearner.of(data, split, few, SETTINGS, CHOSEN).final().text == plain
    taught = RiskLearner.of(data, split, many, SETTINGS, CHOSEN)
    assert taught.final().text != plain
    assert taught.taught_by == ("origin", "value")
    assert RiskLearner.of(data, split, few, SETTINGS, CHOSEN).taught_by == ()
    alone = SETTINGS.model_copy(update={"taught_by_kinds": False})
    assert RiskLearner.of(data, split, many, alone, CHOSEN).final().text == plain


def test_other_seeds_and_shuffled_labels_are_learnt_by_what_learnt_the_model() -> None:
    data, split, asked = kinds_apart(4000, 1), split_of(4000), kinds_apart(20_000, 2)
    learner = RiskLearner.of(data, split, items(kinds_apart(10_000, 3).matrix), SETTINGS, CHOSEN)
    own, other = (
        each.final().predict(asked.matrix) for each in (learner, learner.with_seed(SETTINGS.seed + 1))
    )
    assert np.corrcoef(own, other)[0, 1] > 0.9
    order = np.random.default_rng(5).permutation(4000)
    noise = learner.with_labels_of(order)
    assert np.array_equal(noise.data.label == 1, noise.data.finding != "none")
    assert abs(auc(noise.final().predict(asked.matrix), asked.label) - 0.5) < 0.2
    assert auc(own, asked.label) > 0.8


def test_teachers_of_many_labels_teach_a_larger_booster_within_the_size_that_is_asked_for() -> None:
    small, large = Student.of(MANY_LABELS - 1), Student.of(MANY_LABELS)
    assert large.within(None) * large.leaves > small.within(None) * small.leaves
    for student in (small, large):
        assert student.within(5_000) * student.leaves <= 5_000
    assert large.within(1) == 1
    none = items(kinds_apart(1000, 3).matrix)
    assert Teacher.of(kinds_apart(4000, 1), split_of(4000), none, FIRST, SETTINGS).student == small
