"""Learning from rows that do not fit into memory: the same models, by files or by a cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster
from hypothesis import given, settings
from hypothesis import strategies as st

from estimation.ranking import auc
from features.columns import take
from features.dataset import labelled
from features.local_time import date_of
from features.recipe import Recipe
from scoring.booster import Booster
from scoring.bundle import load
from scoring.signature import KeyRing, RegisteredKey
from tests.training.conftest import SmallWorld
from tests.training.test_train import SETTINGS, SIGNER
from training.choice import Chosen, Studies
from training.fit import Watch, fit
from training.learn import learn
from training.material import Material
from training.matrix_file import InFile, learning_folder, matrix_of
from training.risk_model import FIRST, LabelledMatrix
from training.settings import TrainingSettings
from training.split import boundaries_of
from training.train import Commission, Place, train
from training.value_model import FIRST as VALUE_FIRST

NAMES = ("price", "mass", "office")
ASKED = {"objective": "binary", "bagging_fraction": 0.7, "feature_fraction": 0.7, "min_data_in_leaf": 5}
CHOSEN = Chosen(FIRST, 30, VALUE_FIRST, {})


def rows_of(count: int, seed: int, weight: float | None = None) -> LabelledMatrix:
    """Rows with holes, codes and a constant column's worth of zeros."""
    rng = np.random.default_rng(seed)
    price = np.where(rng.random(count) < 0.2, np.nan, rng.normal(size=count))
    matrix = np.column_stack(
        [price, rng.normal(size=count).round(1), rng.integers(0, 9, count).astype(float)]
    )
    chance = 1 / (1 + np.exp(-2 * np.nan_to_num(price) - (matrix[:, 2] % 3)))
    label = (rng.random(count) < chance).astype(float)
    held = None if weight is None else np.where(rng.random(count) < weight, 1.0, 3.0)
    return LabelledMatrix(matrix, label, NAMES, ("office",), weight=held)


def in_file(data: LabelledMatrix, folder: Path) -> LabelledMatrix:
    path = folder / "matrix"
    data.matrix.tofile(path)
    laid = np.memmap(path, np.float64, mode="r", shape=data.matrix.shape)
    return replace(data, matrix=laid, folder=folder)


@settings(max_examples=12)
@given(st.integers(60, 6000), st.integers(0, 99), st.sampled_from([None, 0.0, 0.5, 1.0]), st.booleans())
def test_rows_in_files_teach_the_same_model_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, count: int, seed: int, weight: float | None, shuffled: bool
) -> None:
    data = rows_of(count, seed, weight)
    filed = in_file(data, tmp_path_factory.mktemp("laid"))
    rows = np.random.default_rng(seed).permutation(count) if shuffled else np.arange(count)
    learn, judge = rows[: count * 2 // 3], rows[count * 2 // 3 :]
    found = []
    for one in (data, filed):
        table = one.table(learn, 63)
        watch = Watch(one.table(judge, 63, table), "binary_logloss", 5, 5, lambda _step, _score: None)
        asked = {
            "objective": "binary",
            "bagging_fraction": 0.7,
            "feature_fraction": 0.7,
            "min_data_in_leaf": 5,
        }
        found.append(fit(table, asked, 20, seed=seed, watch=watch))
    assert found[0].text == found[1].text
    assert np.array_equal(found[0].curve, found[1].curve)


def test_values_and_matrices_in_files_are_those_in_memory(small_world: SmallWorld, tmp_path: Path) -> None:
    known = labelled(small_world.lake, small_world.history, until=small_world.until)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.matrix_file.PART", 97)
        laid = labelled(small_world.lake, InFile(small_world.history, tmp_path), until=small_world.until)
        snapshot = small_world.history.snapshot(date_of(30_000))
        recipe = Recipe.fit(take(known.columns, slice(0, 200)), snapshot=snapshot)
        matrix = matrix_of(laid, recipe, tmp_path)
    assert list(laid.history) == list(known.history)
    assert all(np.array_equal(laid.history[name], known.history[name]) for name in known.history)
    assert isinstance(matrix, np.memmap)
    assert np.array_equal(matrix, matrix_of(known, recipe, None), equal_nan=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


def test_a_cluster_learns_a_model_as_good_as_that_of_one_process(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    data = in_file(rows_of(6000, 1, 0.5), tmp_path)
    rows, asked = np.arange(4000), {"objective": "binary", **FIRST}
    there = TrainingSettings(learn_on="cluster", scheduler=cluster.scheduler_address)
    text = data.learnt(rows, asked, 40, there).text
    assert "127.0.0.1" not in text
    assert "feature_names=price mass office" in text
    here = data.learnt(rows, asked, 40, TrainingSettings()).text
    skill, usual = (auc(Booster(one).predict(data.matrix[4000:]), data.label[4000:]) for one in (text, here))
    assert skill == pytest.approx(usual, abs=0.02)


@pytest.mark.parametrize("where", ["file", "cluster"])
def test_training_in_files_or_on_a_cluster_gives_a_bundle_that_was_evaluated(
    where: str, small_world: SmallWorld, place: Place, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    changed: dict[str, object] = {"learn_on": where, "stability_seeds": 0, "learning_folder": tmp_path}
    if where == "cluster":
        changed["scheduler"] = request.getfixturevalue("cluster").scheduler_address
    commission = Commission(
        until=small_world.until,
        study=where,
        resume=False,
        fingerprint=small_world.lake.fingerprint(),
        code_version="test",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        clock=time.monotonic,
        chosen=CHOSEN,
    )
    chosen = SETTINGS.model_copy(update=changed)
    result = train(small_world.lake, small_world.history, chosen, place, SIGNER, commission=commission)
    bundle = load(result.bundle.path, KeyRing((RegisteredKey("tania", "trainer", SIGNER.public_key),)))
    assert result.report.skill is not None
    known = labelled(small_world.lake, small_world.history, until=small_world.until)
    assert auc(bundle.score(known.columns, known.history).risk, known.label) > 0.6
    assert list(tmp_path.iterdir()) == []


def test_processes_that_judge_trials_lead_to_the_same_models(small_world: SmallWorld, tmp_path: Path) -> None:
    known = labelled(small_world.lake, small_world.history, until=small_world.until)
    texts = []
    for workers in (1, 2):
        chosen = SETTINGS.model_copy(update={"trials": 3, "workers": workers, "at_once": 2})
        with learning_folder(chosen) as folder:
            material = Material(known, known, small_world.history, folder=folder)
            bounds = boundaries_of(material.labelled_rows, 30_000, chosen)
            studies = Studies(str(tmp_path / f"{workers}.log"), "s", time.monotonic)
            learnt = learn(material, bounds, chosen, studies)
        texts.append([booster.text for _, booster, _ in learnt.scorer.boosters()])
    assert texts[0] == texts[1]


def test_a_cluster_that_learns_needs_its_address() -> None:
    with pytest.raises(ValueError, match="scheduler"):
        TrainingSettings(learn_on="cluster")
