"""The settings file holds every key at its default."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from training.settings import TrainingSettings

CONFIG = Path(__file__).parents[2] / "configs" / "training.yaml"


def test_the_file_holds_every_key_at_its_default() -> None:
    held = yaml.safe_load(CONFIG.read_text())
    assert set(held) == set(TrainingSettings.model_fields)
    assert TrainingSettings(**held) == TrainingSettings()


def test_an_unknown_key_and_a_gate_measure_that_is_not_reported_are_refused() -> None:
    with pytest.raises(ValidationError):
        TrainingSettings(trails=3)  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="gate_measure must be one of"):
        TrainingSettings(gate_measure="precision_at_7")


@pytest.mark.parametrize(
    ("name", "value"),
    [("capacity_percents", [0, 5]), ("capacity_percents", [5, 200]), ("gate_coverage", [0.97, 0.84])],
)
def test_settings_that_nothing_could_be_measured_or_let_through_by_are_refused_before_training(
    name: str, value: list[float]
) -> None:
    with pytest.raises(ValidationError, match=name):
        TrainingSettings.model_validate({name: value})
