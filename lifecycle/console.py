"""Talk to a person on standard error, hand data to standard output."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

Report = Callable[[str, int, int], None]
"""How long work tells of itself: its label, how much is done, of how much (0: not known)."""

talk = Console(stderr=True, highlight=False)
"""Talk and progress."""

data = Console(highlight=False)
"""What a program or a pipe may want."""


def emit(value: Mapping[str, Any]) -> None:
    """Write one JSON object to standard output; a number that does not exist (NaN) becomes null."""
    sys.stdout.write(json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False) + "\n")


@contextmanager
def progress() -> Iterator[Report]:
    """A reporter of progress: bars on a terminal, one line for each station elsewhere.

    >>> with progress() as report:
    ...     report("reading", 1, 2)
    """
    if talk.is_terminal:
        with _bars() as bars:
            yield _on_bars(bars)
    else:
        yield _on_lines()


def _bars() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=talk,
        transient=False,
    )


def _on_bars(bars: Progress) -> Report:
    tasks: dict[str, Any] = {}

    def report(label: str, done: int, total: int) -> None:
        if label not in tasks:
            tasks[label] = bars.add_task(label, total=total or None)
        bars.update(tasks[label], completed=done, total=total or None)

    return report


def _on_lines() -> Report:
    seen: set[str] = set()

    def report(label: str, done: int, total: int) -> None:
        del done, total
        if label not in seen:
            seen.add(label)
            talk.print(label, markup=False)

    return report


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value
