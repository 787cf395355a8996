"""Settings: the environment over the file over the defaults, and every misspelt name is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.settings import IntakeSettings
from lifecycle.errors import SettingsError
from lifecycle.session import Session
from lifecycle.settings import read_settings, settings_file
from selection.settings import SelectionSettings
from simulation.settings import WorldSettings
from tests.lifecycle.terminal import tamiz
from training.settings import TrainingSettings


def written(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_workspaces_own_file_counts_unless_another_folder_is_named(tmp_path: Path) -> None:
    written(tmp_path / "configs", "intake.yaml", "label_delay_days: 5\n")
    written(tmp_path / "other", "intake.yaml", "label_delay_days: 6\n")
    assert Session(tmp_path).intake.label_delay_days == 5
    assert Session(tmp_path, configs=tmp_path / "other").intake.label_delay_days == 6
    assert Session(tmp_path / "elsewhere").intake == IntakeSettings()


def test_the_environment_stands_over_the_file_key_by_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "simulation.yaml", "seed: 3\nmechanisms: {ring: 0.5, drift: 2}\n")
    monkeypatch.setenv("TAMIZ_SIMULATION_MECHANISMS", '{"ring": 0}')
    monkeypatch.setenv("TAMIZ_SIMULATION_MONTHS", "7")
    settings = read_settings(WorldSettings, file)
    assert (settings.seed, settings.months) == (3, 7)
    assert (settings.mechanisms.ring, settings.mechanisms.drift, settings.mechanisms.other) == (0, 2, 1)


@pytest.mark.parametrize(
    ("text", "named", "near"),
    [
        ("sed: 3\n", "'sed'", "'seed'"),
        ("mechanisms: {rng: 1}\n", "'mechanisms.rng'", "'ring'"),
        ("xyzzy: 3\n", "'xyzzy'", "declarations"),
    ],
)
def test_an_unknown_key_is_named_with_its_place_and_the_nearest(
    text: str, named: str, near: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(WorldSettings, written(tmp_path, "simulation.yaml", text))
    assert named in str(refused.value)
    assert "simulation.yaml" in str(refused.value)
    assert near in refused.value.remedy


def test_an_unknown_key_in_a_list_is_named_with_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, "selection.yaml", "rules:\n  - {name: arms, wen: 'true'}\n")
    with pytest.raises(SettingsError, match=r"rules\.0\.wen") as refused:
        read_settings(SelectionSettings, file)
    assert "'when'" in refused.value.remedy


def test_a_variable_that_nobody_reads_is_named_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMIZ_TRAINING_TRAILS", "3")
    with pytest.raises(SettingsError, match="TAMIZ_TRAINING_TRAILS") as refused:
        read_settings(TrainingSettings, None)
    assert "'TAMIZ_TRAINING_TRIALS'" in refused.value.remedy


def test_a_variable_that_is_no_json_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAMIZ_SIMULATION_MECHANISMS", "{ring")
    with pytest.raises(SettingsError, match="mechanisms") as refused:
        read_settings(WorldSettings, None)
    assert "JSON" in refused.value.remedy


def test_a_file_whose_name_is_misspelt_is_not_passed_over(tmp_path: Path) -> None:
    written(tmp_path, "selecton.yaml", "random_share: 0.5\n")
    with pytest.raises(SettingsError, match="selecton") as refused:
        settings_file(tmp_path, "selection")
    assert "selection.yaml" in refused.value.remedy


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    written(tmp_path, "docker-compose.yml", "services: {}\n")
    assert settings_file(tmp_path, "selection") is None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("simulation.yaml", "monhts: 3\n", "'months'"),
        ("simulation.yaml", "months: many\n", "months"),
        ("simulation.yaml", "months: [\n", "line 2"),
        ("simulaton.yaml", "months: 3\n", "'simulation.yaml'"),
    ],
)
def test_wrong_settings_end_a_command_with_status_2_before_it_does_anything(
    name: str, text: str, said: str, tmp_path: Path
) -> None:
    written(tmp_path / "configs", name, text)
    tamiz(tmp_path, "simulate", "world", "-o", tmp_path / "world").refuses(2, said)
    assert not (tmp_path / "world").exists()
