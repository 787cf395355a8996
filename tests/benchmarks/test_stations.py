"""How the stations are measured; running them takes too long for a test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import stations
from benchmarks.measured import Measured, measured


def test_the_peak_of_memory_is_that_of_the_command() -> None:
    small = measured(["-c", "pass"])
    large = measured(["-c", "held = b'x' * 300_000_000"])
    assert large.peak_mib > small.peak_mib + 200


def test_a_command_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(ChildProcessError, match=r"exit status 3: .*\n(.|\n)*said so"):
        measured(["-c", "import sys; sys.exit(print('said so', file=sys.stderr) or 3)"])


def test_an_exit_status_that_is_allowed_is_no_failure() -> None:
    assert measured(["-c", "import sys; sys.exit(3)"], allowed=(0, 3)).seconds > 0


def test_a_command_is_waited_for_and_its_output_kept(tmp_path: Path) -> None:
    assert measured(["-c", f"print({tmp_path.name!r})"]).stdout == f"{tmp_path.name}\n"


class FakeTamiz:
    """Answers every command as the command line would, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, arguments: Sequence[str | Path], *_: object, **__: object) -> Measured:
        self.asked.append([str(word) for word in arguments])
        told = {"items": {"accepted": 42}, "bundle_id": "b" * 16}
        return Measured(1.5, 1.0, 100.0, json.dumps(told))


def test_stations_are_measured_in_the_order_of_a_workspace_s_life(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeTamiz()
    monkeypatch.setattr(stations, "measured", fake)
    figures = stations.run(items=230)
    measured_ones = [name for name, figure in figures.items() if isinstance(figure, dict)]
    assert measured_ones == [
        "start", "simulate", "ingest", "history and snapshot", "train", "score, file to file", "monitor",
    ]  # fmt: skip
    assert figures["items"] == 42
    assert [words[-1] for words in fake.asked if "--declarations" in words] == ["1200", "100"]
    assert fake.asked[-3][4:7] == ["models", "promote", "b" * 16]


def test_only_monitoring_may_end_with_an_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = {}

    def asked(arguments: Sequence[str | Path], statuses: Sequence[int] = (0,), *, compiled: Path) -> Measured:
        allowed[str(arguments[4])] = tuple(statuses)
        return FakeTamiz()(arguments)

    monkeypatch.setattr(stations, "measured", asked)
    stations.run(items=230)
    assert [name for name, statuses in allowed.items() if 3 in statuses] == ["monitor"]


def test_what_python_compiled_is_found_by_the_next_command(tmp_path: Path) -> None:
    measured(["-c", "import colorsys"], compiled=tmp_path)
    assert list(tmp_path.rglob("colorsys.*.pyc"))
