"""A file as batches of rows with their line numbers, whatever its format: told by content, not by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from features.adapters.csv_source import UTF_8, CsvSource
from features.adapters.parquet_source import MAGIC, ParquetSource
from features.adapters.raw_batch import RawBatch
from features.errors import UnreadableFileError

_HEAD = 65_536
_BINARY = {
    b"\x89PNG": "a PNG picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"\xff\xfe": "text in UTF-16",
    b"\xfe\xff": "text in UTF-16",
}
_REMEDY = "give a CSV file in UTF-8 with a header, or a Parquet file"


class Source(Protocol):
    """A file open for reading: the names of its columns, and its rows in batches, read when asked for."""

    names: tuple[str, ...]

    def batches(self, rows: int) -> Iterator[RawBatch]:
        """Batches of at most so many rows."""
        ...


def open_source(path: Path, encoding: str = UTF_8) -> Source:
    """The source of a path, CSV in an encoding; UnreadableFileError with its remedy for what is neither.

    >>> open_source(Path("nowhere.csv"))
    Traceback (most recent call last):
    features.errors.UnreadableFileError: there is no file nowhere.csv
    """
    head = head_of(path)
    if head.startswith(MAGIC):
        return ParquetSource(path)
    text = text_of(head, path, _REMEDY)
    if text[:1] in (b"{", b"[", b"<") or b"\0" in head.split(b"\n", 1)[0]:
        raise UnreadableFileError(f"{path.name} is neither CSV nor Parquet", remedy=_REMEDY)
    return CsvSource(path, encoding)


def text_of(head: bytes, path: Path, remedy: str) -> bytes:
    """The first bytes of a text, without its mark and blanks; UnreadableFileError for what is none.

    >>> text_of(b"\\xef\\xbb\\xbf a,b", Path("a.csv"), "")
    b'a,b'
    """
    for magic, what in _BINARY.items():
        if head.startswith(magic):
            raise UnreadableFileError(f"{path.name} is {what}", remedy=remedy)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise UnreadableFileError(f"{path.name} is empty", remedy=remedy)
    return text


def head_of(path: Path) -> bytes:
    """The first bytes of a file; UnreadableFileError with its remedy for a path that cannot be read."""
    if path.is_dir():
        raise UnreadableFileError(f"{path.name} is a directory", remedy="name the files in it")
    if path.exists() and not path.is_file():  # opening a pipe would wait for its writer
        raise UnreadableFileError(
            f"{path.name} is no regular file but a pipe or a device", remedy="write it to a file first"
        )
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except FileNotFoundError as error:
        raise UnreadableFileError(f"there is no file {path.name}", remedy="check the path") from error
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise UnreadableFileError(
            f"{path.name} cannot be opened: {reason}", remedy="check its permissions"
        ) from error
