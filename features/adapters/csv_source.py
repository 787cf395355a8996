"""CSV files, a batch of rows at a time, with exact line numbers; what is malformed costs only its own row."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
import polars as pl

from features.adapters.raw_batch import Malformed, RawBatch
from features.errors import UnreadableFileError
from features.values import is_storable

DELIMITERS = ",;\t|"
UTF_8 = "utf-8"
"""The encoding of files, but where a mapping names another."""

_LONGEST_LINE = 1_048_576
_LONGEST_RECORD = 100
_SLICE = 8_192
_DAMAGE = "\0"


class CsvSource:
    """The records of a CSV file (RFC 4180; commas, semicolons, tabs or bars), a header first.

    A record with more or fewer values than the header, with bytes that are none of the encoding, with NUL, or
    with a quote that is never closed is malformed; reading goes on at the next line. Empty lines are passed
    over.
    """

    def __init__(self, path: Path, encoding: str = UTF_8) -> None:
        self._path = path
        self._encoding = encoding
        with self._open() as text:
            header = next(_Lines(text), "")
        self._delimiter = max(DELIMITERS, key=header.count)
        self.names: tuple[str, ...] = self._named(header)

    def batches(self, rows: int) -> Iterator[RawBatch]:
        """Batches of at most so many rows, read when asked for."""
        total = self._path.stat().st_size
        with self._open() as text:
            lines = _Lines(text)
            next(lines, None)
            records = _records(lines, self._delimiter, len(self.names))
            while parts := list(_parts(islice(records, rows), self.names)):
                yield RawBatch(
                    pl.concat([part.frame for part in parts]),
                    np.concatenate([part.lines for part in parts]),
                    tuple(bad for part in parts for bad in part.malformed),
                    min(text.buffer.tell(), total),
                    total,
                )
                parts.clear()

    def _open(self) -> TextIO:
        """The file as text; bytes that are none of its encoding become halves of surrogate pairs."""
        encoding = "utf-8-sig" if self._encoding == UTF_8 else self._encoding
        return self._path.open(encoding=encoding, errors="surrogateescape", newline="")

    def _named(self, header: str) -> tuple[str, ...]:
        try:
            values = next(csv.reader([header], delimiter=self._delimiter, strict=True), [])
        except csv.Error as error:
            raise self._no_table() from error
        names = [name.strip() for name in values]
        if not is_storable(header) or not any(names):
            raise self._no_table()
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UnreadableFileError(
                f"{self._path.name} has more than one column '{twice[0]}'",
                remedy="give each column its own name",
            )
        return tuple(names)

    def _no_table(self) -> UnreadableFileError:
        return UnreadableFileError(
            f"the first line of {self._path.name} is no header of a CSV file in {self._encoding.upper()}",
            remedy="write the names of the columns first, in that encoding, or have a mapping name another",
        )


def _parts(records: Iterator[tuple[int, list[str] | str]], names: tuple[str, ...]) -> Iterator[_Part]:
    """Records a slice at a time, so that few of them are Python objects at once."""
    while some := list(islice(records, _SLICE)):
        yield _Part(some, names)


class _Part:
    """Some records as a frame of text, the malformed apart."""

    def __init__(self, records: list[tuple[int, list[str] | str]], names: tuple[str, ...]) -> None:
        good = [(line, values) for line, values in records if isinstance(values, list)]
        self.malformed = [Malformed(line, text) for line, text in records if isinstance(text, str)]
        self.lines = np.array([line for line, _ in good], np.int64)
        columns = zip(*(values for _, values in good), strict=True) if good else ([] for _ in names)
        self.frame = pl.DataFrame(
            [pl.Series(name, column, dtype=pl.String) for name, column in zip(names, columns, strict=True)]
        )


class _Lines:
    """Physical lines of a file as text, counted, kept until their record is settled.

    Bytes that are none of the encoding, and lines too long to be of a table, are damage that no record
    survives.
    """

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        self.held: list[str] = []
        self.first = 1
        self.damaged = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.held) >= _LONGEST_RECORD:
            raise csv.Error("the record spans too many lines")
        line = self._returned.popleft() if self._returned else self._read()
        if not is_storable(line):
            self.damaged = True
        self.held.append(line)
        return line

    def settle(self, lines: int | None = None) -> None:
        """Forget the lines of the record that was read, or only the first of them and return the rest."""
        settled = len(self.held) if lines is None else lines
        if settled < len(self.held):
            self._returned.extendleft(reversed(self.held[settled:]))
        self.first += settled
        self.held.clear()
        self.damaged = False

    def _read(self) -> str:
        line = self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == _LONGEST_LINE and not line.endswith(("\n", "\r")):
            while (rest := self._text.readline(_LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                pass
            return f"{line[:200]}{_DAMAGE}\n"
        return line


def _records(lines: _Lines, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | str]]:
    """Line number and values of each record; of a malformed one the start of its text instead of values."""
    lines.settle()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        try:
            values: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:
            values = None
        if values is not None and len(values) == width and not lines.damaged:
            yield lines.first, values
            lines.settle()
        elif values is not None and not values:
            lines.settle()
        else:
            yield lines.first, _start(lines.held[0])
            lines.settle(1)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)


def _start(line: str) -> str:
    return line.encode("utf-8", "replace").decode("utf-8").replace(_DAMAGE, "?").strip()[:200]
