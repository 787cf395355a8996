"""The command line writes the history of every item of a lake, wherever the settings have it made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import features
from features.lake import Lake
from lifecycle.workspace import Workspace
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.lifecycle.terminal import tamiz
from tests.world_lake import world_lake

NAMES = ("importer.items", "hs4.known")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the lake of a small world."""
    folder = tmp_path_factory.mktemp("backfill")
    simulate(WorldSettings(declarations=200)).write(folder / "world")
    lake = world_lake(folder / "world")
    shutil.copytree(lake.root, Workspace(folder / "workspace").lake)
    return folder / "workspace"


@pytest.mark.parametrize("scheduler", ["", "pool"])
def test_it_writes_what_the_history_knew_of_every_item_on_its_day(
    root: Path, scheduler: str, tmp_path: Path
) -> None:
    some = [part for name in NAMES for part in ("--name", name)]
    ended = tamiz(
        root, "features", "backfill", "-o", tmp_path / "h", *some, env={"TAMIZ_HISTORY_SCHEDULER": scheduler}
    )
    assert ended.status == 0, ended.err
    written = features.read_backfill(tmp_path / "h").collect()
    lake = Lake(Workspace(root).lake)
    assert written.height == lake.items().collect().height
    columns = features.matrix(lake.items().collect(), workspace=root, names=NAMES)
    key = ["declaration_id", "item_no", "version"]
    assert written.sort(key).select(NAMES).equals(columns.sort(key).select(NAMES))


def test_a_folder_with_other_things_an_unknown_name_and_an_empty_lake_are_refused(
    root: Path, tmp_path: Path
) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "thesis.txt").write_text("mine")
    ask = ("features", "backfill", "-o", tmp_path)
    tamiz(root, *ask).refuses(2, "other things than a backfill", "new or empty")
    assert (tmp_path / "1").is_dir()
    tamiz(root, *ask, "--name", "importer.item").refuses(2, "importer.items")
    tamiz(root, "features", "backfill", "-o", Workspace(root).lake).refuses(2, "outside of it")
    tamiz(tmp_path / "none", "features", "backfill", "-o", tmp_path / "h").refuses(2, "the lake is empty")


def test_a_scheduler_that_does_not_answer_is_named_with_what_to_do(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("features.dask_schedule._PATIENCE", 0.2)
    away = {"TAMIZ_HISTORY_SCHEDULER": "tcp://127.0.0.1:1"}
    ended = tamiz(root, "features", "backfill", "-o", tmp_path / "h", env=away)
    ended.refuses(ended.status, "no Dask scheduler answers at tcp://127.0.0.1:1", "scheduler` empty")
    assert not (tmp_path / "h").exists()
