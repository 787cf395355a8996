"""The profile store in LMDB: files that readers map into memory, written once and never changed.

A snapshot is a file of all its entries, or of those that differ from the snapshot below it: a day's news are
written, not the whole history. A key is looked for in the uppermost file first; an empty value there says
that nothing is left of it. When the layers on top come to hold half as much as the next below, they are made
into one with it, so that there are few. A layer knows the digests of those it lies on: no other may take
their place.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import Any, ClassVar, TypeAlias
from uuid import uuid4
from weakref import finalize

import lmdb

from features.columns import Columns, Values
from features.encoding import FORMAT, MODULUS, identity_of, stamp
from features.errors import ProfileStoreDamagedError, ProfileStoreError
from features.history.advance import Advance
from features.lake_files import to_disk, write_failed
from features.lookup import Get, look_up
from features.reference.source import Sources
from features.reference.standing_lookup import sources_in
from features.snapshot import Entry, Snapshot

FILE, ABOUT = "profiles.lmdb", "about.json"
"""The entries within a folder, and what they are beside them."""

Mark: TypeAlias = tuple[int, int, int, int]
"""Device, number, time of change and size of a file."""

_MOST = 1 << 38
_REMEDY = "run `tamiz advance` to write the snapshot again"


class LmdbProfileStore:
    """A published snapshot, opened for reading; any number of threads may look up at once.

    >>> import tempfile
    >>> from features.columns import from_records
    >>> with tempfile.TemporaryDirectory() as root:
    ...     write(Path(root) / "day", Snapshot(date(2024, 3, 1), {}))
    ...     store = LmdbProfileStore(Path(root) / "day")
    ...     store.as_of, store.lookup(from_records([{}]).columns)["importer.last_day"]
    ...     store.close()
    (datetime.date(2024, 3, 1), array([-1]))
    """

    def __init__(self, folder: Path, *, checked: bool = False) -> None:
        """Open the store of a folder, with the layers it lies on.

        ProfileStoreError if one is absent or damaged (a file cut short among them: to read past its end would
        kill the process), or if its values have other names or meanings than those of this release; if
        `checked`, also if one is not to the byte as it was written, for which each file that this process did
        not check before is read: a second for a gigabyte.
        """
        self.about = about_of(folder)
        self.layers: list[Layer] = []
        try:
            for name, digest in self.about.files(folder.name):
                self.layers.append(Layer(folder.with_name(name), digest))
                if checked:
                    self.layers[-1].check()
        except ProfileStoreError:
            self.close()
            raise

    @property
    def as_of(self) -> date:
        """The day as of which all values are."""
        return self.about.as_of

    @property
    def identity(self) -> str:
        """Digest of the day, of the names and of all values, as written."""
        return self.about.identity

    @property
    def begun(self) -> int | None:
        """The first day of the history."""
        return self.about.begun

    @property
    def weight(self) -> int:
        """Sum of the digests of all entries, as written."""
        return int(self.about.weight, 16)

    @cached_property
    def sources(self) -> Sources:
        """Sources of the reference values, by their numbers."""
        return sources_in(self.get)

    def lookup(self, columns: Columns) -> Values:
        """Give the history and reference values (`KNOWN_NAMES`, int64) of rows, in one read transaction."""
        with self._reading() as get:
            return look_up(get, columns)

    def get(self, key: bytes) -> bytes | None:
        """Give the value of a key."""
        with self._reading() as get:
            return get(key)

    def get_all(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Give the values that there are of some keys, each from the uppermost layer that has it."""
        found: dict[bytes, bytes] = {}
        left = sorted(keys)
        for layer in self.layers:
            found.update(layer.get_all(left))
            left = [key for key in left if key not in found]
        return {key: value for key, value in found.items() if value}

    def scan(self, prefix: bytes) -> Iterator[Entry]:
        """Give every entry whose key begins so, in ascending order."""
        found: dict[bytes, bytes] = {}
        for layer in reversed(self.layers):
            found.update(layer.scan(prefix))
        return ((key, value) for key, value in sorted(found.items()) if value)

    def close(self) -> None:
        """Close the files; to close twice is allowed."""
        for layer in self.layers:
            layer.close()
        self.layers.clear()

    @contextmanager
    def _reading(self) -> Iterator[Get]:
        """Give a function that reads keys, each from the uppermost layer that has it."""
        transactions = [layer.environment.begin() for layer in self.layers]
        reads = [transaction.get for transaction in transactions]

        def get(key: bytes) -> bytes | None:
            for read in reads:
                if (value := read(key)) is not None:
                    return value or None
            return None

        try:
            yield reads[0] if len(reads) == 1 else get
        finally:
            for transaction in transactions:
                transaction.abort()

    @staticmethod
    def identity_of(folder: Path) -> str | None:
        """Give the identity that a folder is stamped with, None if it holds none of this release."""
        try:
            return about_of(folder).identity
        except ProfileStoreError:
            return None

    @staticmethod
    def is_sound(folder: Path) -> bool:
        """True if all files of a folder, and of those it lies on, are to the byte as they were written."""
        try:
            with closing(LmdbProfileStore(folder)) as store:
                return all(_sha256(layer.folder / FILE) == layer.sha256 for layer in store.layers)
        except (ProfileStoreError, OSError):
            return False


@dataclass(frozen=True)
class About:
    """What a folder of the store says of itself: `below` names the folders of the layers it lies on.

    `sha256` is of its own file, `below_sha256` of theirs; `parts` are the files of the lake that the snapshot
    was made of; `weight` is in hexadecimal digits.
    """

    as_of: date
    begun: int | None
    below: tuple[str, ...]
    below_sha256: tuple[str, ...]
    bytes: int
    entries: int
    identity: str
    parts: tuple[str, ...]
    sha256: str
    weight: str

    def files(self, name: str) -> list[tuple[str, str]]:
        """Give the folders of all layers of the folder `name`, the uppermost first, and their digests."""
        return [(name, self.sha256), *zip(self.below, self.below_sha256, strict=True)]

    def text(self) -> str:
        """Give it as JSON."""
        said = {**asdict(self), "as_of": self.as_of.isoformat(), "format": FORMAT, "stamp": stamp()}
        return json.dumps(said, indent=1, sort_keys=True) + "\n"


def write(folder: Path, snapshot: Snapshot, parts: Iterable[str] = ()) -> None:
    """Write a snapshot as the new folder `folder`: whole and on the disk, or not at all."""
    _write(folder, snapshot.entries(), snapshot, (), parts)


def write_layer(folder: Path, below: LmdbProfileStore, advance: Advance, parts: Iterable[str] = ()) -> None:
    """Write what an advance makes of the snapshot below, beside it, as the new folder `folder`."""
    changed, layers = dict(advance.changed), list(below.layers)
    while layers and layers[0].entries <= 2 * len(changed):
        changed = dict(layers.pop(0).scan(b"")) | changed
    if not layers:
        changed = {key: value for key, value in changed.items() if value}
    _write(folder, sorted(changed.items()), advance, layers, parts)


def _write(
    folder: Path,
    entries: Iterable[Entry],
    of: Snapshot | Advance,
    below: Sequence[Layer],
    parts: Iterable[str],
) -> None:
    draft = folder.parent / f".{folder.name}-{uuid4().hex}"
    try:
        draft.mkdir(parents=True)
        count = _fill(draft / FILE, entries)
        about = About(
            of.as_of,
            of.begun,
            tuple(layer.folder.name for layer in below),
            tuple(layer.sha256 for layer in below),
            (draft / FILE).stat().st_size,
            count,
            identity_of(of.as_of, of.begun, of.weight),
            tuple(sorted(parts)),
            _sha256(draft / FILE),
            f"{of.weight:032x}",
        )
        (draft / ABOUT).write_text(about.text(), encoding="utf-8")
        for path in (draft / FILE, draft / ABOUT, draft):
            to_disk(path)
        draft.rename(folder)
        to_disk(folder.parent)
    except (OSError, lmdb.Error) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise write_failed(folder, error) from error


def _fill(path: Path, entries: Iterable[Entry]) -> int:
    """Write entries, which come in ascending order, and give their number."""
    with closing(lmdb.open(str(path), subdir=False, map_size=_MOST, lock=False, sync=False)) as environment:
        with environment.begin(write=True) as transaction:
            transaction.cursor().putmulti(entries, append=True)
        environment.sync(force=True)
        return int(environment.stat()["entries"])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class Layer:
    """One file of entries, open for reading until it is closed or nobody has it any more.

    ProfileStoreError if the folder says that its file has another digest than `sha256`.
    """

    def __init__(self, folder: Path, sha256: str) -> None:
        about = about_of(folder)
        if about.sha256 != sha256:
            raise ProfileStoreError(
                f"the profile store {folder.name} is another than the one that was built upon", remedy=_REMEDY
            )
        self.folder, self.sha256 = folder, sha256
        self.entries, self.identity = about.entries, about.identity
        self._file = _File.taken(folder / FILE)
        self._let_go = finalize(self, self._file.let_go)

    @property
    def environment(self) -> Any:
        """What LMDB reads by."""
        return self._file.environment

    def check(self) -> None:
        """Raise ProfileStoreError if the file is not as it was written; it is read for that once."""
        if self._file.sha256() != self.sha256:
            raise ProfileStoreDamagedError(f"the profile store {self.folder.name} is damaged", remedy=_REMEDY)

    def get_all(self, keys: Sequence[bytes]) -> list[Entry]:
        """Give the entries that there are of some keys."""
        with self.environment.begin() as transaction, transaction.cursor() as cursor:
            found: list[Entry] = cursor.getmulti(keys)
            return found

    def scan(self, prefix: bytes) -> Iterator[Entry]:
        """Give every entry whose key begins so, in ascending order."""
        with self.environment.begin() as transaction, transaction.cursor() as cursor:
            if cursor.set_range(prefix):
                for key, value in cursor.iternext():
                    if not key.startswith(prefix):
                        return
                    yield key, value

    def close(self) -> None:
        """Let go of the file; it is closed if nobody else uses it."""
        self._let_go()


class _File:
    """A file that this process has open: once, whoever wants it. Another in its place is another file."""

    _lock = threading.RLock()
    _open: ClassVar[dict[Mark, _File]] = {}

    def __init__(self, path: Path, mark: Mark) -> None:
        self.environment = _environment(path)
        self._path = path
        self._mark = mark
        self._users = 0
        self._sha256: str | None = None

    @classmethod
    def taken(cls, path: Path) -> _File:
        """Give the file for one more user."""
        with cls._lock:
            mark = mark_of(path)
            file = cls._open.get(mark) or cls(path, mark)
            cls._open[mark] = file
            file._users += 1
            return file

    def let_go(self) -> None:
        """Do without one user, and close the file after the last."""
        with self._lock:
            self._users -= 1
            if not self._users:
                del self._open[self._mark]
                self.environment.close()

    def sha256(self) -> str:
        """Give the digest of what was there when it was first asked for."""
        if self._sha256 is None:
            self._sha256 = _sha256(self._path)
        return self._sha256


def mark_of(path: Path) -> Mark:
    """Give what tells a file from another that takes its place under the same name, or is written over it."""
    try:
        status = path.stat()
    except OSError as error:
        raise ProfileStoreDamagedError(
            f"the profile store {path.parent.name} is absent or damaged", remedy=_REMEDY
        ) from error
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _environment(path: Path) -> Any:
    try:
        return lmdb.open(
            str(path),
            subdir=False,
            readonly=True,
            lock=False,
            create=False,
            readahead=False,
            max_spare_txns=8,
        )
    except lmdb.Error as error:
        raise ProfileStoreError(
            f"the profile store {path.parent.name} cannot be opened", remedy=_REMEDY
        ) from error


def about_of(folder: Path) -> About:
    """Give what a folder says of itself; ProfileStoreError if it is not whole or of another release."""
    try:
        said = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        meaning = (said.pop("stamp"), said.pop("format"))
        lists = {name: tuple(map(str, said[name])) for name in ("below", "below_sha256", "parts")}
        about = About(**said | lists | {"as_of": date.fromisoformat(said["as_of"])})
        numbered = int(about.weight, 16) < MODULUS and len(about.files("")) == 1 + len(about.below)
        whole = numbered and (folder / FILE).stat().st_size == about.bytes
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        meaning, whole = (stamp(), FORMAT), False
    if meaning != (stamp(), FORMAT):
        raise ProfileStoreError(
            f"the profile store {folder.name} holds other history values than this release", remedy=_REMEDY
        )
    if not whole:
        raise ProfileStoreDamagedError(
            f"the profile store {folder.name} is absent or damaged", remedy=_REMEDY
        )
    return about
