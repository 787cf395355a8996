"""The profile store in Redis: hashes that are never changed, and one record that names those in use.

`tamiz advance` mirrors there what it has published in LMDB, layer by layer: each file of entries becomes a
hash, named after the snapshot that it makes of the one below. A day costs its news, not the whole history.
A hash is filled under a draft's name, in pieces so small that nobody waits for them; then a single
transaction gives the drafts their names, swaps the record and removes what went out of use, so that a
builder killed at any moment leaves the old snapshot or the new. What it left half filled goes with the next
run, or by itself within the hour.

A look-up is one round trip: the record, and of each hash a proof that it is still there with all the keys
that the rows of a declaration ask for. As a hash under its name is whole and stays as it is, the values are
of the snapshot that the store was opened for, or none are given.

Changing keys in place within one transaction was not chosen: the 400,000 changes of a day would stop Redis
for seconds, and a reader waits for milliseconds. Nor were keys of their own instead of hashes: to remove a
layer would need a walk over all of them, and each takes half as much memory again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from ssl import SSLCertVerificationError
from typing import Any
from uuid import uuid4

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from features.columns import Columns, Values
from features.encoding import FORMAT, SOURCES, STANDING, stamp
from features.errors import ProfileStoreError, ProfileStoreMovedError, WriteFailedError
from features.history.sweep import Progress, silent
from features.lmdb_profile_store import Layer, LmdbProfileStore
from features.lookup import look_up_at_once
from features.profile_settings import URL_VARIABLE
from features.reference.standing_lookup import sources_in
from features.snapshot import Entry

RECORD = b"tamiz:profiles"
"""Key of the record; those of the hashes, and of drafts, begin so."""

PROOF = b""
"""Field that every whole hash has beside its entries, whose keys are never empty."""

_AT_ONCE = 500
_PATIENCE = 30.0
_DRAFT_SECONDS = 3600
_MIRROR = "run `tamiz advance` to mirror the snapshot again"


@dataclass(frozen=True)
class Record:
    """What Redis says of the snapshot it holds: `layers` names its hashes, the uppermost first."""

    as_of: date
    begun: int | None
    identity: str
    layers: tuple[str, ...]
    weight: str

    @classmethod
    def read(cls, text: bytes | None) -> Record:
        """Give the record; ProfileStoreError if there is none, or one of another release."""
        if text is None:
            raise ProfileStoreError("the Redis of the profiles holds no snapshot", remedy=_MIRROR)
        try:
            said = json.loads(text)
            meaning = (said.pop("stamp"), said.pop("format"))
            record = cls(
                **said | {"as_of": date.fromisoformat(said["as_of"]), "layers": tuple(said["layers"])}
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ProfileStoreError("the Redis of the profiles is damaged", remedy=_MIRROR) from None
        if meaning != (stamp(), FORMAT):
            raise ProfileStoreError(
                "the Redis of the profiles holds other history values than this release", remedy=_MIRROR
            )
        return record

    def text(self) -> bytes:
        """Give it as JSON."""
        said = {**asdict(self), "as_of": self.as_of.isoformat(), "format": FORMAT, "stamp": stamp()}
        return json.dumps(said, sort_keys=True).encode()


class RedisProfileStore:
    """The snapshot that a Redis holds, opened for reading; any number of threads may look up at once.

    Nothing of the URL is told in errors, nor in any text of the store. What fails is not tried again here.
    """

    def __init__(self, url: str, seconds: float = 0.05) -> None:
        """Open what is there now, waiting at most `seconds` to connect and for each reply.

        ProfileStoreError if Redis is away, refuses, holds no snapshot of this release, or may forget entries.
        """
        self._client = client_of(url, seconds)
        try:
            with _named_errors():
                _check_memory(self._client)
                self._text: bytes | None = self._client.get(RECORD)
            self._record = Record.read(self._text)
            self._names = [_name(layer) for layer in self._record.layers]
            told = self._get_all([STANDING, SOURCES])
            self._standing = told.get(STANDING)
            self.sources = sources_in(told.get)
        except ProfileStoreError:
            self.close()
            raise

    @property
    def as_of(self) -> date:
        """The day as of which all values are."""
        return self._record.as_of

    @property
    def identity(self) -> str:
        """Digest of the day, of the names and of all values, as mirrored."""
        return self._record.identity

    @property
    def begun(self) -> int | None:
        """The first day of the history."""
        return self._record.begun

    @property
    def weight(self) -> int:
        """Sum of the digests of all entries, as mirrored."""
        return int(self._record.weight, 16)

    def lookup(self, columns: Columns) -> Values:
        """Give the history and reference values (`KNOWN_NAMES`, int64) of each row, in one round trip.

        ProfileStoreMovedError if Redis holds another snapshot by now, ProfileStoreError if it is away.
        """
        return look_up_at_once(self._get_all, columns, self._standing)

    def get(self, key: bytes) -> bytes | None:
        """Give the value of a key."""
        return self._get_all([key]).get(key)

    def scan(self, prefix: bytes) -> Iterator[Entry]:
        """Give every entry whose key begins so, in ascending order; all of Redis is walked through for it."""
        found: dict[bytes, bytes] = {}
        with _named_errors():
            for name in reversed(self._names):
                found.update(self._client.hscan_iter(name, count=_AT_ONCE))
        self.check()
        return (
            (key, value) for key, value in sorted(found.items()) if value and key and key.startswith(prefix)
        )

    def check(self) -> None:
        """Raise ProfileStoreMovedError if Redis holds another snapshot by now."""
        self._get_all([])

    def close(self) -> None:
        """Close the connections; to close twice is allowed."""
        self._client.close()

    def _get_all(self, keys: list[bytes]) -> dict[bytes, bytes]:
        """Values by key, without the keys that have none."""
        with _named_errors():
            asked = self._client.pipeline(transaction=False).get(RECORD)
            for name in self._names:
                asked.hmget(name, [PROOF, *keys])
            text, *layers = asked.execute()
        if text != self._text or any(proof is None for proof, *_ in layers):
            raise ProfileStoreMovedError(
                "the profile store moved on to another snapshot", remedy="open it again"
            )
        found: dict[bytes, bytes] = {}
        for _, *values in reversed(layers):
            found.update((key, value) for key, value in zip(keys, values, strict=True) if value is not None)
        return {key: value for key, value in found.items() if value}


@dataclass(frozen=True)
class Mirrored:
    """What was mirrored: how many entries were written, and how many layers the snapshot lies in."""

    entries: int
    layers: int


def mirror(url: str, store: LmdbProfileStore, progress: Progress = silent) -> Mirrored:
    """Make the snapshot of a store the one that Redis holds; only layers that are not there are written.

    ProfileStoreError if Redis is away or refuses, WriteFailedError if it takes no more, or if another builder
    mirrored meanwhile: the snapshot before then stays.
    """
    with closing(client_of(url, _PATIENCE)) as client, _named_errors():
        _check_memory(client)
        before = client.get(RECORD)
        wanted = dict(zip(_names_of(store), store.layers, strict=True))
        there = _there(client, before)
        _tidy(client, there)
        drafts = _Drafts(
            client, sum(layer.entries for name, layer in wanted.items() if name not in there), progress
        )
        for name, layer in wanted.items():
            if name not in there:
                drafts.fill(name, layer)
        _swap(client, before, _record_of(store, tuple(wanted)), drafts, there - set(wanted))
        return Mirrored(drafts.done, len(wanted))


def client_of(url: str, seconds: float) -> Any:
    """Give a client that waits so long and tries nothing twice; ProfileStoreError for no URL of a Redis."""
    waiting = {"socket_timeout": seconds, "socket_connect_timeout": seconds, "retry": Retry(NoBackoff(), 0)}
    try:
        client = Redis.from_url(url, **waiting, protocol=2, driver_info=None)
        client.connection_pool.make_connection()
    except (ValueError, TypeError):
        raise ProfileStoreError(
            "the URL of the profile store is none of a Redis",
            remedy=f"write {URL_VARIABLE} as rediss://user:password@host:6379/0",
        ) from None
    return client


class _Drafts:
    """Hashes that are being filled, by the name they will have."""

    def __init__(self, client: Any, entries: int, progress: Progress) -> None:
        self.names: dict[str, tuple[bytes, int]] = {}
        self.done = 0
        self._client = client
        self._entries = entries
        self._progress = progress

    def fill(self, name: str, layer: Layer) -> None:
        """Write the entries of a layer, piece by piece; each piece gives the draft an hour to live."""
        draft = _name(f"draft:{uuid4().hex}")
        self.names[name] = (draft, layer.entries + 1)
        for piece in _pieces((((PROOF, b"1"),), layer.scan(b""))):
            asked = self._client.pipeline(transaction=False)
            asked.hset(draft, mapping=piece).expire(draft, _DRAFT_SECONDS).execute()
            self.done += len(piece) - (PROOF in piece)
            self._progress("mirror", self.done, self._entries)


def _pieces(parts: Iterable[Iterable[Entry]]) -> Iterator[dict[bytes, bytes]]:
    entries = (entry for part in parts for entry in part)
    while piece := dict(islice(entries, _AT_ONCE)):
        yield piece


def _swap(client: Any, before: bytes | None, record: Record, drafts: _Drafts, gone: set[str]) -> None:
    """Put whole drafts in place and swap the record, all at once, if nobody else did so meanwhile."""
    with _watching(client) as asked:
        asked.watch(RECORD, *(draft for draft, _ in drafts.names.values()))
        whole = all(asked.hlen(draft) == size for draft, size in drafts.names.values())
        if asked.get(RECORD) != before or not whole:
            raise _overtaken()
        asked.multi()
        for name, (draft, _) in drafts.names.items():
            asked.rename(draft, _name(name)).persist(_name(name))
        asked.set(RECORD, record.text())
        if gone:
            asked.unlink(*map(_name, gone))
        asked.execute()


@contextmanager
def _watching(client: Any) -> Iterator[Any]:
    """A transaction that stops watching by dropping its connection: a builder may lack the right to UNWATCH.

    Left to itself it would try once more when it is collected, over a connection that nobody closes.
    """
    asked = client.pipeline()
    try:
        yield asked
    finally:
        if asked.watching and asked.connection:
            asked.connection.disconnect()
        asked.watching = False
        asked.reset()


def _tidy(client: Any, there: set[str]) -> None:
    """Remove hashes that no record names: what killed builders left."""
    kept = {RECORD, *map(_name, there)}
    for key in client.scan_iter(match=RECORD + b":*", count=_AT_ONCE):
        if key not in kept:
            client.unlink(key)


def _there(client: Any, text: bytes | None) -> set[str]:
    """Names of the layers that Redis holds and can be built upon."""
    try:
        names = Record.read(text).layers
    except ProfileStoreError:
        return set()
    return {name for name in names if client.hexists(_name(name), PROOF)}


def _names_of(store: LmdbProfileStore) -> list[str]:
    """A name for each layer: the identity that it makes, of that which lies below."""
    made = [layer.identity for layer in store.layers]
    return [f"{one}:{below}" for one, below in zip(made, [*made[1:], ""], strict=True)]


def _record_of(store: LmdbProfileStore, layers: tuple[str, ...]) -> Record:
    return Record(store.as_of, store.begun, store.identity, layers, f"{store.weight:032x}")


def _name(layer: str) -> bytes:
    return RECORD + b":" + layer.encode()


def _check_memory(client: Any) -> None:
    """Refuse a Redis that drops what it likes when memory is short: an entry gone reads as never seen."""
    said = client.info("memory")
    if said.get("maxmemory") and str(said.get("maxmemory_policy")).startswith("allkeys"):
        raise ProfileStoreError(
            "the Redis of the profiles may drop entries when its memory is full",
            remedy="set its maxmemory-policy to noeviction",
        )


@contextmanager
def _named_errors() -> Iterator[None]:
    """Say what a failure of Redis means; its own words may quote what is secret, and are left out."""
    try:
        yield
    except (exceptions.RedisError, OSError) as error:
        raise _named(error) from None


def _named(error: Exception) -> ProfileStoreError | WriteFailedError:
    if isinstance(error, exceptions.WatchError):
        return _overtaken()
    if isinstance(error, _FULL):
        return WriteFailedError(
            "the Redis of the profiles takes no more", remedy="give it more memory, then run it again"
        )
    if isinstance(error.__context__, SSLCertVerificationError):
        return ProfileStoreError(
            "the Redis of the profiles shows a certificate that is not trusted",
            remedy=f"name who signed it, as rediss://host:6379/0?ssl_ca_certs=FILE in {URL_VARIABLE}",
        )
    for kinds, message, remedy in _MEANINGS:
        if isinstance(error, kinds):
            return ProfileStoreError(message, remedy=remedy)
    return ProfileStoreError(
        f"what answers there is no Redis for the profiles ({type(error).__name__})",
        remedy=f"name one of release 4 or later in {URL_VARIABLE}",
    )


def _overtaken() -> WriteFailedError:
    return WriteFailedError(
        "another builder changed the Redis of the profiles meanwhile", remedy="run `tamiz advance` again"
    )


_FULL = (exceptions.OutOfMemoryError, exceptions.ReadOnlyError, exceptions.ExecAbortError)
_MEANINGS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (
            exceptions.AuthenticationError,
            exceptions.AuthenticationWrongNumberOfArgsError,
            exceptions.AuthorizationError,
            exceptions.NoPermissionError,
        ),
        "the Redis of the profiles refuses this user or password",
        f"mend the user and the password in {URL_VARIABLE}, or the rights of the user",
    ),
    (
        (exceptions.ConnectionError, exceptions.TimeoutError, OSError),
        "the Redis of the profiles does not answer",
        f"start it, or mend its address in {URL_VARIABLE}",
    ),
)
