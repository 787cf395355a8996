"""The command line as a person meets it: what it was asked, how it ended, what it said where."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from lifecycle.cli import app

PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from lifecycle.cli import main; main()"
)
"""What `tamiz` runs, and Ctrl-C works even where the tests run in the background."""

PROCESS = (sys.executable, "-c", PROGRAM)
_NARROW = {"COLUMNS": "80"}


@dataclass(frozen=True)
class Ended:
    """The exit status of a command, its data and its talk."""

    status: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object that standard output holds, and nothing else."""
        held = json.loads(self.out)
        assert isinstance(held, dict)
        assert self.out.count("\n") == 1
        return held

    def refuses(self, status: int, *said: str) -> None:
        """Hold that it ended with a clear error, its remedy, and no data."""
        assert self.status == status, self.err
        assert "error: " in self.err
        assert "remedy: " in self.err
        assert "Traceback" not in self.err
        assert "a defect of Tamiz" not in self.err
        assert self.out == ""
        for words in said:
            assert words in self.err


def tamiz(workspace: Path, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Ended:
    """Run the command line in this process."""
    asked = ["--workspace", str(workspace), *map(str, arguments)]
    done = CliRunner().invoke(app, asked, env={**_NARROW, **(env or {})})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ended(done.exit_code, done.stdout, done.stderr)


def tamiz_process(workspace: Path, *arguments: str | Path, before: Sequence[str] = ()) -> Ended:
    """Run the command line in a process of its own."""
    asked = [*before, *PROCESS, "--workspace", str(workspace), *map(str, arguments)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=120)
    return Ended(done.returncode, done.stdout, done.stderr)
