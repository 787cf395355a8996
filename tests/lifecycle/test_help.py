"""Help: quick, whole, and of every command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from lifecycle.cli import app
from tests.lifecycle.terminal import tamiz

COMMANDS = {
    "demo", "ingest", "outcomes", "advance", "train", "backtest", "score", "serve", "mlflow", "monitor",
    "features list", "features show", "features compute",
    "models list", "models show", "models promote", "models rollback", "models export",
    "audit show", "audit replay", "audit verify", "audit export",
    "keys create", "keys register", "keys revoke", "keys list", "simulate world",
    "sources add", "sources list", "sources check",
}  # fmt: skip

HEAVY = (
    "numpy",
    "polars",
    "pydantic",
    "mlflow",
    "lightgbm",
    "optuna",
    "evidently",
    "bentoml",
    "shap",
    "rich",
)
"""Libraries that would make help slow; 0.3 s are promised."""


def commands(group: object, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in getattr(group, "commands", {}).items():
        yield (*words, name)
        yield from commands(command, (*words, name))


ALL = sorted(commands(get_command(app)))


def test_every_station_of_a_models_life_has_its_command() -> None:
    assert set(map(" ".join, ALL)) >= COMMANDS


@pytest.mark.parametrize("words", [(), *ALL], ids=" ".join)
def test_help_says_what_a_command_does_within_80_columns(words: tuple[str, ...], tmp_path: Path) -> None:
    told = tamiz(tmp_path, *words, "--help")
    assert told.status == 0
    assert told.out.startswith("Usage: ")
    assert told.err == ""
    assert max(map(len, told.out.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from lifecycle.cli import main\n"
        "sys.argv = ['tamiz', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: ")
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_told(tmp_path: Path) -> None:
    assert tamiz(tmp_path, "--version").out.startswith("tamiz ")


def test_shell_completion_can_be_shown() -> None:
    program = "from lifecycle.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"_TAMIZ_COMPLETE": "complete_bash", "COMP_WORDS": "tamiz mod", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["models"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("inges",), "ingest"),
        (("ingest", "x.csv"), "--format"),
        (("ingest",), "PATH"),
        (("ingest", "x.csv", "--formt", "kcs"), "--format"),
        (("simulate", "world", "-o", "w", "--declarations", "1"), "100"),
        (("simulate", "world", "-o", "w", "--seed", "-1"), "0"),
        (("serve", "--port", "70000"), "65535"),
        (("monitor", "--since", "yesterday"), "%Y-%m-%d"),
        (("--configs", "nowhere", "models", "list"), "nowhere"),
    ],
)
def test_wrong_usage_ends_with_status_2_and_says_what_is_right(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    ended = tamiz(tmp_path, *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []
