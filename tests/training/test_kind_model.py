"""The model of kinds: learnt from few findings, believed as far as it proves itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.kind_model import LEAST_FINDINGS, learn_kinds
from training.risk_model import LabelledMatrix
from training.settings import TrainingSettings
from training.split import Boundaries, LabelledRows, Split, split_by_time

ROWS = 4000
SETTINGS = TrainingSettings(first_occurrence=False)


def world(told: float = 1.0, seed: int = 1) -> tuple[LabelledMatrix, np.ndarray, Split]:
    """Half of the rows irregular; column 0 tells the kind in a share `told` of them."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(ROWS, 5))
    label = (rng.random(ROWS) < 0.5).astype(float)
    by_chance = rng.choice(["classification", "origin", "value"], ROWS, p=[0.2, 0.2, 0.6])
    by_column = np.where(
        matrix[:, 0] > 0.6, "origin", np.where(matrix[:, 0] < -0.6, "classification", "value")
    )
    kind = np.where(rng.random(ROWS) < told, by_column, by_chance)
    finding = np.where(label == 1, kind, "none").astype(object)
    names = [f"f{number}" for number in range(5)]
    days = np.arange(ROWS, dtype=np.int32)
    rows = LabelledRows(days, days, np.arange(ROWS))
    split = split_by_time(rows, Boundaries((1500, 2000, 2500), 3000, 3500, ROWS), SETTINGS)
    return LabelledMatrix(matrix, label, names, ()), finding, split


def test_what_tells_the_kind_is_learnt_and_believed():
    data, finding, split = world()
    found = learn_kinds(data, finding, split, SETTINGS)
    assert found is not None
    assert found.learnt
    illicit = split.test[data.label[split.test] == 1]
    said = found.given_illicit(data.matrix[illicit])
    right = np.array([*found.rates])[said.argmax(axis=1)] == finding[illicit]
    assert right.mean() > 0.9


def test_where_nothing_tells_the_kind_the_shares_of_past_findings_are_left():
    data, finding, split = world(told=0.0)
    found = learn_kinds(data, finding, split, SETTINGS)
    assert found is not None
    assert not found.learnt
    assert found.boosters == {}
    known = finding[split.refit][data.label[split.refit] == 1]
    assert {name: float((known == name).mean()) for name in ("classification", "origin", "value")} == dict(
        found.rates
    )


def test_rare_kinds_are_pooled_and_kinds_that_never_were_found_are_absent():
    data, finding, split = world()
    rare = split.train[data.label[split.train] == 1][: LEAST_FINDINGS - 1]
    finding[rare] = "quantity"
    found = learn_kinds(data, finding, split, SETTINGS)
    assert found is not None
    assert [*found.rates] == ["classification", "origin", "other", "value"]
    assert "other" not in found.boosters


def test_findings_of_one_kind_alone_teach_no_kinds():
    data, finding, split = world()
    assert (
        learn_kinds(data, np.where(finding == "none", "none", "value").astype(object), split, SETTINGS)
        is None
    )
    assert learn_kinds(replace(data, label=np.zeros(ROWS)), finding, split, SETTINGS) is None


def test_what_is_found_in_the_test_part_changes_nothing():
    data, finding, split = world()
    first = learn_kinds(data, finding, split, SETTINGS)
    later = finding.copy()
    later[split.test] = "quantity"
    second = learn_kinds(data, later, split, SETTINGS)
    assert first is not None
    assert second is not None
    assert first.to_json() == second.to_json()
    assert {name: one.text for name, one in first.boosters.items()} == {
        name: one.text for name, one in second.boosters.items()
    }
