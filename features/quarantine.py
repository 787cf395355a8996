"""The quarantine: refused rows, each with its line, field, value, rule and remedy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from numpy.typing import NDArray

from features.lake_files import write_failed
from features.validation_judgement import Breach


class Quarantine:
    """One JSON Lines file an intake, made when the first row is refused and never overwritten.

    >>> from tempfile import mkdtemp
    >>> import numpy as np
    >>> with Quarantine(Path(mkdtemp()), datetime(2024, 1, 1, tzinfo=UTC)) as quarantine:
    ...     breach = Breach(0, "cif", "-1", "negative_amount", "declare it as a positive number")
    ...     quarantine.add("items.csv", "items", [breach], np.array([2]))
    >>> json.loads(quarantine.path.read_text())["line"], quarantine.path.name
    (2, 'intake-20240101T000000Z.jsonl')
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        self.path: Path | None = None
        self._folder = folder
        self._stem = f"intake-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        self._file: TextIO | None = None

    def add(self, source: str, table: str, breaches: Iterable[Breach], lines: NDArray[Any]) -> None:
        """Write the breaches of a chunk; `lines` are the lines of its rows. Raises WriteFailedError."""
        for breach in breaches:
            entry = {
                "source": source,
                "table": table,
                "line": int(lines[breach.row]),
                "field": breach.field,
                "value": breach.value,
                "rule": breach.rule,
                "remedy": breach.remedy,
            }
            self._write(json.dumps(entry, ensure_ascii=False) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None or self.path is None:
            return
        try:
            with self._file:
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as failure:
            if error is None:
                raise write_failed(self.path, failure) from failure

    def _write(self, line: str) -> None:
        try:
            if self._file is None:
                self._file = self._opened()
            self._file.write(line)
        except OSError as error:
            raise write_failed(self._folder, error) from error

    def _opened(self) -> TextIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            suffix = "" if number == 1 else f"-{number}"
            path = self._folder / f"{self._stem}{suffix}.jsonl"
            try:
                file = path.open("x", encoding="utf-8")
            except FileExistsError:
                number += 1
                continue
            self.path = path
            return file
