"""How commands end: 0, 1, 2, 3 or 130, and never in a traceback that nobody asked for."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from features.recipe import FEATURES
from lifecycle.errors import SettingsError
from lifecycle.session import Session
from lifecycle.workspace import Workspace
from tests.lifecycle.houses import House, of_another_recipe
from tests.lifecycle.terminal import PROCESS, tamiz, tamiz_process

SECRET = "importer I-secret-7"


def broken(error: BaseException) -> object:
    def listed(*_: object) -> object:
        raise error

    return listed


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (SettingsError("x.yaml: no", remedy="mend it"), 2, "mend it"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "free memory"),
        (OSError(28, "No space left on device", "/x/y"), 1, "the disk is full: /x/y"),
        (OSError(30, "Read-only file system", "/x/y"), 1, "read-only"),
        (PermissionError(13, "Permission denied", "/x/y"), 1, "no permission: /x/y"),
        (FileNotFoundError(2, "No such file or directory", "/x/y"), 1, "no such file: /x/y"),
        (IsADirectoryError(21, "Is a directory", "/x/y"), 1, "a folder stands where a file is needed"),
        (OSError(5, "Input/output error"), 1, "Input/output error"),
        (RuntimeError("No space left on device (os error 28)"), 1, "the disk is full"),
    ],
)
def test_whatever_goes_wrong_has_its_status_its_words_and_its_remedy(
    error: BaseException, status: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.models.listed", broken(error))
    tamiz(tmp_path, "models", "list").refuses(status, said)


def test_a_defect_is_told_as_such_without_a_word_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.models.listed", broken(ZeroDivisionError(SECRET)))
    ended = tamiz(tmp_path, "models", "list")
    assert (ended.status, ended.out) == (1, "")
    assert "unexpected ZeroDivisionError: a defect of Tamiz" in ended.err
    assert "--debug" in ended.err
    assert "Traceback" not in ended.err
    assert SECRET not in ended.err


@pytest.mark.parametrize("error", [ZeroDivisionError(SECRET), SettingsError("no", remedy="mend it")])
def test_debug_shows_the_traceback_unbroken_before_the_error(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecycle.models.listed", broken(error))
    ended = tamiz(tmp_path, "--debug", "models", "list")
    before, _, after = ended.err.partition("error: ")
    assert "Traceback (most recent call last)" in before
    assert f'File "{Path(__file__)}", line ' in before
    assert "remedy: " in after
    assert ended.out == ""


def test_brackets_in_a_message_are_told_as_they_are(tmp_path: Path) -> None:
    tamiz(tmp_path, "ingest", "[bold]x[/].csv", "--format", "canonical").refuses(2)


def test_data_goes_to_standard_output_and_talk_to_standard_error(own: House) -> None:
    ended = tamiz_process(own.root, "ingest", own.before, "--format", "canonical", "--json")
    assert ended.status == 0, ended.err
    assert ended.object["items"]["accepted"] == 0
    assert "before.parquet" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("models", "list"),
        ("keys", "list"),
        ("audit", "verify"),
        ("advance",),
    ],
)
def test_json_is_one_object_on_one_line(words: tuple[str, ...], own: House) -> None:
    ended = tamiz(own.root, *words, "--json")
    assert ended.status == 0, ended.err
    assert ended.object


@pytest.mark.parametrize("words", [("score",), ("monitor",)])
def test_what_needs_a_champion_says_that_there_is_none_yet(
    words: tuple[str, ...], own: House, tmp_path: Path
) -> None:
    (own.workspace.bundles / "champion.json").unlink()
    file = ("score", own.before, "--format", "canonical", "-o", tmp_path / "scores.csv")
    tamiz(own.root, *(file if words == ("score",) else words)).refuses(2, "no champion yet", "promote")
    assert not (tmp_path / "scores.csv").exists()


@pytest.mark.parametrize("words", [("score",), ("monitor",)])
def test_what_needs_a_champion_says_how_to_get_one_where_its_recipe_is_another(
    words: tuple[str, ...], own: House, tmp_path: Path
) -> None:
    of_another_recipe(own.workspace)
    file = ("score", own.before, "--format", "canonical", "-o", tmp_path / "scores.csv")
    asked = file if words == ("score",) else words
    tamiz(own.root, *asked).refuses(1, "not of version", "tamiz train", "tamiz models promote")
    assert not (tmp_path / "scores.csv").exists()


def test_training_does_not_begin_with_a_feature_whose_reason_has_no_words(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = FEATURES
    for place in ("lifecycle.train", "features.recipe"):
        monkeypatch.setattr(f"{place}.FEATURES", (replace(first, group="unheard_of"), *others))
    monkeypatch.setattr("lifecycle.train.recalled", lambda *_: pytest.fail("histories were made"))
    tamiz(own.root, "train").refuses(1, "'unheard_of' has no words", "reasons.po")
    tamiz(own.root, "features", "list").refuses(1, "'unheard_of' has no words", "reasons.po")


def test_training_does_not_begin_with_a_feature_that_asks_for_what_there_is_not(
    own: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    misspelt = replace(FEATURES[0], function=lambda inputs: inputs.count("importer.item"))
    monkeypatch.setattr("lifecycle.train.FEATURES", (misspelt, *FEATURES[1:]))
    monkeypatch.setattr("lifecycle.train.recalled", lambda *_: pytest.fail("histories were made"))
    tamiz(own.root, "train").refuses(1, "asks for 'importer.item'", "'importer.items'")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("advance",), "tamiz ingest"),
        (("monitor",), "tamiz models promote"),
        (("audit", "show", "x"), "tamiz serve"),
        (("models", "show", "abc"), "tamiz models list"),
        (("models", "show", "Not an id"), "hexadecimal"),
    ],
)
def test_a_new_workspace_says_what_comes_first(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    tamiz(tmp_path, *words).refuses(2, said)


def test_training_says_what_comes_first(tmp_path: Path) -> None:
    tamiz(tmp_path, "train").refuses(2, "tamiz keys create")
    tamiz(tmp_path, "train", "--resume").refuses(2, "--study")
    tamiz(tmp_path, "keys", "create", "trainer", "--role", "trainer")
    tamiz(tmp_path, "train", "--config", tmp_path / "absent.yaml").refuses(2, "absent.yaml")
    tamiz(tmp_path, "train").refuses(2, "the lake is empty", "tamiz ingest")
    with Workspace(tmp_path).writing():
        tamiz(tmp_path, "train").refuses(1, "in use by process")


@pytest.mark.parametrize("command", ["serve", "mlflow"])
def test_a_port_in_use_is_named_before_anything_is_started(command: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = tamiz(tmp_path, command, "--port", port)
    assert (ended.status, ended.out) == (2, "")
    assert f"port {port}" in ended.err
    assert "listening" not in ended.err
    assert "--port" in ended.err
    assert "Traceback" not in ended.err


def test_ctrl_c_during_an_intake_ends_with_130_and_a_second_run_completes_it(
    house: House, tmp_path: Path
) -> None:
    """The pages are small, so that the intake has far to go when the first of them is reported."""
    command = ["--workspace", str(tmp_path / "ws"), "ingest", str(house.before), "--format", "canonical"]
    with subprocess.Popen(
        [*PROCESS, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TAMIZ_INTAKE_CHUNK_ROWS": "20"},
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip() == "before.parquet"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "run the command again" in err
    assert "Traceback" not in err
    assert out == ""
    taken = Session(tmp_path / "ws")
    assert taken.workspace.lake.exists()
    again = tamiz(tmp_path / "ws", *command[2:], "--json").object["items"]
    assert again["accepted"] > 0
    assert again["accepted"] + again["repeated"] == again["rows"]
    assert again["refused"] == 0


def test_ctrl_c_during_a_simulation_ends_with_130_and_leaves_no_half_world(tmp_path: Path) -> None:
    command = ["simulate", "world", "-o", str(tmp_path / "world"), "--declarations", "50000"]
    with subprocess.Popen(
        [*PROCESS, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip() == "simulate"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    assert not (tmp_path / "world").exists()
