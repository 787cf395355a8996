"""A claim, and how one case of it is tried."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Proof:
    """A statement that holds if none of `count` cases fails.

    `run` tries the case of a seed and gives what went wrong, or None; `small` is how many cases `make test`
    tries.
    """

    name: str
    statement: str
    count: int
    small: int
    run: Callable[[int], str | None]

    def attempt(self, case: int) -> str | None:
        """Try one case; a crash is a failure too. No path of this machine is in the text."""
        try:
            failure = self.run(case)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what the proof is to report
            failure = f"{type(error).__name__}: {error}"
        return None if failure is None else _without_paths(failure)


def _without_paths(text: str) -> str:
    for folder in (str(ROOT), tempfile.gettempdir(), str(Path.home())):
        text = text.replace(folder, "")
    return re.sub(r"\s+", " ", text)[:500]
