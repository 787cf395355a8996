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
