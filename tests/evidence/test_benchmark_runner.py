"""The runner of the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import benchmarks
from benchmarks import __main__ as runner


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder in the place of benchmarks/."""
    monkeypatch.setattr(runner, "HERE", tmp_path)
    monkeypatch.setattr(runner, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(benchmarks, "__path__", [str(tmp_path)])
    return tmp_path


def test_a_benchmark_is_run_and_its_figures_kept_with_where_they_come_from(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "swift_one.py").write_text("\ndef run() -> dict:\n    return {'speed': {'items': 1234.5}}\n")
    (folder / "words.py").write_text("ONLY = 'words'\n")
    assert runner.main(["swift_one"]) == 0
    held = json.loads((folder / "results" / "swift_one.json").read_text(encoding="utf-8"))
    assert held["figures"] == {"speed": {"items": 1234.5}}
    assert held["command"] == "python -m benchmarks swift_one"
    assert {"commit", "dirty", "sources", "python", "cores", "seconds", "yardstick"} <= set(held)
    assert "speed.items" in capsys.readouterr().out


def test_an_unknown_benchmark_is_refused_with_those_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "swift_two.py").write_text("\ndef run() -> dict:\n    return {}\n")
    with pytest.raises(SystemExit, match="2"):
        runner.main(["swift_twx"])
    assert "there are: swift_two" in capsys.readouterr().err
