"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from monitoring.errors import ReportNotWrittenError


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; folders on the way are made.

    Raises ReportNotWrittenError where the disk takes no more.
    """
    write_whole(path, lambda part: _write(part, text.encode()))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in its place.

    Raises ReportNotWrittenError where the disk takes no more; what was there before is untouched then.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(part)
        _sync(part)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ReportNotWrittenError(
            f"{path.name} could not be written: {error.strerror or 'the disk refused'}",
            remedy="make room, or name a folder that can be written to",
        ) from error


def _write(part: Path, content: bytes) -> None:
    part.write_bytes(content)


def _sync(part: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
