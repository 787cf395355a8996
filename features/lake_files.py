"""Files of the lake: written whole or not at all, by one writer at a time; read, or named as damaged."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from features.errors import LakeBusyError, UnreadableFileError, WriteFailedError

PARTIAL = ".partial"
_NO_RIGHT = "give the right to write there (owner or mode of the folder)"
_REMEDIES = {
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: "mount the disk for writing",
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room on the disk",
    errno.EFBIG: "make room on the disk",
}


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, on disk, or not at all.

    Raises WriteFailedError; what stood at the path before then stands there still.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        to_disk(path.parent)
    except OSError as error:
        _forget(partial)
        raise write_failed(path, error) from error


def to_disk(path: Path) -> None:
    """Make sure that a file, or the entries of a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def collected(frame: pl.LazyFrame) -> pl.DataFrame:
    """Read a frame; UnreadableFileError if a file of the lake is damaged or gone."""
    try:
        return frame.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise lake_damaged() from error


def lake_damaged(file: str = "") -> UnreadableFileError:
    """The error to raise when a file of the lake is not what was written.

    >>> str(lake_damaged("items/2024-01/6a71ed0f.parquet"))
    'a file of the lake is damaged or gone: items/2024-01/6a71ed0f.parquet'
    """
    return UnreadableFileError(
        "a file of the lake is damaged or gone" + (f": {file}" if file else ""),
        remedy="restore the lake from a copy, or remove it and ingest the sources again",
    )


def write_failed(path: Path, error: Exception) -> WriteFailedError:
    """The error to raise when a file could not be written: the remedy is that of the reason the system gives.

    >>> write_failed(Path("part"), PermissionError(errno.EACCES, "Permission denied")).remedy.split(",")[0]
    'give the right to write there (owner or mode of the folder)'
    >>> write_failed(Path("part"), OSError(errno.ENOSPC, "No space left on device")).remedy.split(",")[0]
    'make room on the disk'
    >>> str(write_failed(Path("data.mdb"), Exception("mdb_txn_commit: Input/output error")))
    'cannot write data.mdb: Input/output error'
    """
    reason = getattr(error, "strerror", None) or str(error).rpartition(": ")[2] or type(error).__name__
    remedy = _REMEDIES.get(getattr(error, "errno", None) or 0, "make room or mend the disk")
    return WriteFailedError(
        f"cannot write {path.name}: {reason}",
        remedy=f"{remedy}, then run the same command again: nothing was lost",
    )


@contextmanager
def only_writer(folder: Path, what: str = "this lake") -> Iterator[None]:
    """Hold the folder as its only writer; LakeBusyError if another process does."""
    lock = folder / ".lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = lock.open("ab")
    except OSError as error:
        raise write_failed(lock, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LakeBusyError(
                f"another process writes to {what}", remedy="wait until it ends, then run the command again"
            ) from error
        yield


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
