"""The settings files in `configs/` tell the truth of the code."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lifecycle.errors import SettingsError
from lifecycle.settings import CONCERNS, read_settings, settings_class

CONFIGS = Path(__file__).parents[2] / "configs"


def test_every_concern_has_its_file_and_no_file_is_without_a_concern() -> None:
    assert {file.stem for file in CONFIGS.glob("*.yaml")} == set(CONCERNS)


@pytest.mark.parametrize("concern", CONCERNS)
def test_a_settings_file_shows_every_setting_at_its_default(concern: str) -> None:
    settings = settings_class(concern)
    shown = yaml.safe_load((CONFIGS / f"{concern}.yaml").read_text(encoding="utf-8"))
    assert set(shown) == set(settings.model_fields)
    assert read_settings(settings, CONFIGS / f"{concern}.yaml") == settings()


@pytest.mark.parametrize("concern", CONCERNS)
def test_every_setting_says_what_it_means(concern: str) -> None:
    assert all(field.description for field in settings_class(concern).model_fields.values())


@pytest.mark.parametrize("concern", CONCERNS)
def test_a_misspelt_setting_is_refused_with_the_nearest_known_name(concern: str, tmp_path: Path) -> None:
    name = next(iter(settings_class(concern).model_fields))
    file = tmp_path / f"{concern}.yaml"
    file.write_text(f"{name}x: 1\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        read_settings(settings_class(concern), file)
    assert f"{name}x" in str(refused.value)
    assert name in refused.value.remedy


def test_the_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "intake.yaml"
    file.write_text("chunk_rows: 5000\n", encoding="utf-8")
    settings = settings_class("intake")
    monkeypatch.setenv(f"{settings.model_config['env_prefix']}CHUNK_ROWS", "6000")
    assert read_settings(settings, file).chunk_rows == 6000


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "a: [1\n", "\ttab: 1\n"])
def test_a_file_that_is_no_settings_file_is_refused_with_its_name(text: str, tmp_path: Path) -> None:
    file = tmp_path / "training.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"training\.yaml"):
        read_settings(settings_class("training"), file)


def test_a_value_out_of_bounds_is_refused_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "training.yaml"
    file.write_text("trials: -1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="trials"):
        read_settings(settings_class("training"), file)
