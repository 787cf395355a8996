"""The workspace: the one folder in which Tamiz keeps everything it has and makes."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lifecycle.errors import WorkspaceError

_LOCK = ".lock"


@dataclass(frozen=True)
class Workspace:
    """Where each thing of a workspace lies.

    >>> Workspace(Path("demo")).lake.as_posix()
    'demo/data/lake'
    """

    root: Path

    @property
    def lake(self) -> Path:
        """Declarations and outcomes as Parquet by month."""
        return self.root / "data" / "lake"

    @property
    def quarantine(self) -> Path:
        """Refused rows with their reasons."""
        return self.root / "data" / "quarantine"

    @property
    def snapshots(self) -> Path:
        """Histories as of a day, for the service."""
        return self.root / "data" / "snapshots"

    @property
    def references(self) -> Path:
        """What each bundle saw when it was trained, for monitoring."""
        return self.root / "data" / "references"

    @property
    def tables(self) -> Path:
        """Reference tables, a folder a kind."""
        return self.root / "data" / "sources"

    @property
    def ledger(self) -> Path:
        """Every decision, committed before its reply."""
        return self.root / "data" / "ledger.db"

    @property
    def quota(self) -> Path:
        """Inspections taken today."""
        return self.root / "data" / "quota.db"

    @property
    def mlruns(self) -> Path:
        """The MLflow store."""
        return self.root / "mlruns"

    @property
    def bundles(self) -> Path:
        """Signed models, and the pointer to the champion."""
        return self.root / "bundles"

    @property
    def keys(self) -> Path:
        """Private keys, the registry of public ones, and the clients' hashed API keys."""
        return self.root / "keys"

    @property
    def sealing_key(self) -> Path:
        """The key that signs the ledger's heads and receipts."""
        return self.keys / "sealing.json"

    @property
    def reports(self) -> Path:
        """What people read: evaluations, drift, intake."""
        return self.root / "reports"

    @property
    def configs(self) -> Path:
        """This workspace's own settings, where it has any."""
        return self.root / "configs"

    def create(self) -> Workspace:
        """Make the folders that are not there yet; `data` and `keys` only for their owner."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for private in (self.root / "data", self.keys):
                private.mkdir(mode=0o700, exist_ok=True)
            for folder in (self.lake, self.quarantine, self.bundles, self.reports, self.mlruns):
                folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise WorkspaceError(
                f"workspace {self.root}: {Path(error.filename).name} is a file, not a folder",
                remedy="move that file away, or name another folder with --workspace",
            ) from None
        return self

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the workspace for one writer; raises WorkspaceError if another process holds it.

        One that is made for what then fails leaves nothing behind, unless something was kept in it.
        """
        new = not self.root.exists()
        try:
            with self._held():
                yield
        except BaseException:
            if new and not self._holds_anything():
                shutil.rmtree(self.root, ignore_errors=True)
            raise

    def _holds_anything(self) -> bool:
        return any(path.is_file() and path.name != _LOCK for path in self.root.rglob("*"))

    @contextmanager
    def _held(self) -> Iterator[None]:
        self.create()
        with (self.root / _LOCK).open("a+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise WorkspaceError(
                    f"workspace {self.root} is in use by process {lock.read().strip() or 'unknown'}",
                    remedy="wait until it ends, or name another folder with --workspace",
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            try:
                yield
            finally:
                lock.truncate(0)


def replace_text(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a small file whole or not at all: another reader sees the old text or the new."""
    with whole_file(path, mode=mode) as file:
        file.write(text.encode())


@contextmanager
def whole_file(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Give a file to write that takes the place of `path` at the end, whole and durable, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
