"""The MLflow store: in the workspace, on loopback, and not moved behind its back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from training.commission import Place
from training.errors import TrackingError
from training.tracking import Tracker
from training.tracking_page import serve_ui


def test_a_workspace_that_was_moved_is_refused_with_the_remedy(place: Place, tmp_path: Path) -> None:
    Tracker(place.mlruns)
    shutil.copytree(place.mlruns, tmp_path / "there" / "mlruns")
    with pytest.raises(TrackingError, match="was moved") as refused:
        Tracker(tmp_path / "there" / "mlruns")
    assert "move the workspace back" in refused.value.remedy


def test_the_page_is_served_on_loopback_only(tmp_path: Path) -> None:
    command, environment = serve_ui(tmp_path)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    with pytest.raises(TrackingError, match="no authentication"):
        serve_ui(tmp_path, host="0.0.0.0")  # noqa: S104
