"""The service's own log: one JSON object a line, with the decision's id and nothing personal."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO


@dataclass(frozen=True)
class Journal:
    """Writes events to a stream; `clock` gives the instant of each.

    >>> from datetime import UTC
    >>> journal = Journal(lambda: datetime(2025, 1, 1, tzinfo=UTC), sys.stdout)
    >>> journal.note("model loaded", bundle="ab12")
    {"at":"2025-01-01T00:00:00+00:00","event":"model loaded","bundle":"ab12"}
    """

    clock: Callable[[], datetime]
    stream: TextIO = field(default_factory=lambda: sys.stderr)

    def note(self, event: str, **facts: str | float | bool | None) -> None:
        """Write one event with its facts; None is left out."""
        line: dict[str, object] = {"at": self.clock().isoformat(), "event": event}
        line |= {name: value for name, value in facts.items() if value is not None}
        self.stream.write(json.dumps(line, separators=(",", ":")) + "\n")
        self.stream.flush()

    def failure(self, event: str, error: BaseException, **facts: str | float | bool | None) -> None:
        """Write where an unexpected error arose and its kind; not its text, which may quote a declaration."""
        self.note(event, error=trace_of(error), **facts)


def trace_of(error: BaseException) -> str:
    """Give the kind of an error and the last three places it came through, innermost first.

    >>> try: {}["A-1"]
    ... except KeyError as error: trace_of(error).split(":")[0]
    'KeyError at <doctest serving.journal.trace_of[0]>'
    """
    frames = traceback.extract_tb(error.__traceback__)[:-4:-1]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames)
    return f"{type(error).__name__} at {places}"
