"""Studies of a training: which were begun."""

from __future__ import annotations

import time
from pathlib import Path

from training.choice import Studies
from training.study import search
from training.trial import Dimension, Plan


def test_a_training_was_begun_if_one_of_its_own_studies_was(tmp_path: Path) -> None:
    storage = str(tmp_path / "studies.log")
    spring, second = (Studies(storage, name, time.monotonic) for name in ("spring", "spring-2"))
    assert not second.begun
    space = {"x": Dimension(0, 1)}
    search(Plan(second.part("value"), space, {"x": 0.5}, 1, 1, storage, time.monotonic), lambda _: (1.0, {}))
    assert second.begun
    assert not spring.begun
