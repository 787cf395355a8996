"""Data to standard output, talk to standard error."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from lifecycle.console import emit, progress


def test_numbers_that_do_not_exist_become_null_at_any_depth(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"a": float("nan"), "b": [1.5, (float("inf"), {"c": -float("inf")})], "d": date(2025, 1, 2)})
    told = capsys.readouterr().out
    assert json.loads(told) == {"a": None, "b": [1.5, [None, {"c": None}]], "d": "2025-01-02"}
    assert told.endswith("}\n")
    assert told.count("\n") == 1


def test_a_number_of_numpy_stays_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"share": np.float64(0.25), "lost": np.float64("nan")})
    assert json.loads(capsys.readouterr().out) == {"share": 0.25, "lost": None}


def test_words_of_spanish_are_written_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"texto": "año"})
    assert "año" in capsys.readouterr().out


def test_without_a_terminal_each_station_is_one_line_of_talk(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as report:
        for done in range(3):
            report("reading [a].csv", done, 2)
            report("checking", done, 0)
    said = capsys.readouterr()
    assert said.err.splitlines() == ["reading [a].csv", "checking"]
    assert said.out == ""
