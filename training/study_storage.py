"""Where studies are kept: a journal file that one process holds, or a database that several share."""

from __future__ import annotations

import fcntl
import os
import threading
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalStorage
from sqlalchemy import URL, Engine, NullPool, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from training.errors import StudyError

BEAT_SECONDS = 20
"""Between two signs of life of a trial that is kept in a database."""

GRACE_SECONDS = 90
"""Without a sign of life after which a trial counts as dead, wherever it was."""

_DRIVERS = {"postgresql": "postgresql+pg8000", "sqlite": "sqlite"}
"""What a URL without a driver stands for."""


@contextmanager
def storage_at(where: str) -> Iterator[BaseStorage]:
    """Give the storage of a URL, or of a journal file, which is ours alone as long as it is open.

    Raises StudyError where another process has the journal, or nothing can be kept at the URL.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if is_shared(where):
        database = _database(where)
        try:
            yield database
        finally:
            database.remove_session()
            database.engine.dispose()
        return
    path = Path(where)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("a+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StudyError("another process is searching here", remedy="wait for it, or stop it") from error
        _cut_torn_line(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield JournalStorage(JournalFileBackend(str(path), lock_obj=_HeldLock(str(path))))


def is_shared(where: str) -> bool:
    """Whether others may be at work in the storage, too: behind a URL."""
    return "://" in where


def names_of(storage: BaseStorage) -> frozenset[str]:
    """Give the names of the studies in a storage."""
    return frozenset(optuna.get_all_study_names(storage))


@contextmanager
def turn(storage: BaseStorage, name: str) -> Iterator[None]:
    """Have no other process take a trial of a study while this goes on; it ends with the process, too."""
    if isinstance(storage, RDBStorage):
        with _locked(storage.engine, name):
            yield
    else:
        yield


@contextmanager
def beating(storage: BaseStorage, trials: Collection[int]) -> Iterator[None]:
    """Give a sign of life of the trials of those ids every `BEAT_SECONDS`, where the storage keeps them."""
    if not isinstance(storage, RDBStorage):
        yield
        return
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            for trial in tuple(trials):
                with suppress(StorageInternalError):  # the server is away: there is another beat to come
                    storage.record_heartbeat(trial)

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()


def _database(where: str) -> RDBStorage:
    """Open a database, whose tables are made by the first who comes."""
    url = _url(where)
    try:
        with _locked(create_engine(url, poolclass=NullPool), ""), warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return RDBStorage(
                url.render_as_string(hide_password=False),
                heartbeat_interval=BEAT_SECONDS,
                grace_period=GRACE_SECONDS,
            )
    except ImportError as error:
        raise StudyError(
            f"study_storage: the driver of {url.drivername} is not installed",
            remedy="leave the driver out of the URL: postgresql://...",
        ) from error
    except DBAPIError as error:
        raise StudyError(
            f"study_storage: no database answers at {url.render_as_string()}",
            remedy="start it, or correct the URL, its user or its password",
        ) from error


def _url(where: str) -> URL:
    url = make_url(where)
    name = url.get_backend_name()
    if name not in _DRIVERS:
        raise StudyError(
            f"study_storage: no study is kept in {name}", remedy="give a URL of postgresql or sqlite"
        )
    return url.set(drivername=_DRIVERS[name]) if url.drivername == name else url


@contextmanager
def _locked(engine: Engine, name: str) -> Iterator[None]:
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_number(name),))
            yield
    else:
        with Path(f"{engine.url.database}.turn").open("a+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _number(name: str) -> int:
    """A number for a name, as PostgreSQL's advisory locks have them."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)


def _cut_torn_line(path: Path) -> None:
    """A line that a killed process left half written was never acknowledged: cut it off."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


class _HeldLock(JournalFileOpenLock):
    """The journal is ours already: the lock beside it is held for the whole search, and falls with us."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None
