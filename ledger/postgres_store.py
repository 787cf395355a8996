"""The ledger in a PostgreSQL, for the services of several machines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from ledger.errors import AlreadyRecorded, LedgerError
from ledger.group_commit import Draft, GroupCommit
from ledger.postgres_session import PostgresSession, prepare
from ledger.record import Kind, Record
from ledger.settings import LedgerSettings
from ledger.store import Stored, paged
from ledger.verification import Difference, Row, Verification, cut_off, verify
from ledger.verifier import Frontier, Sealed, hashes_in, read_head

_FIRST = (
    """CREATE TABLE record (
        seq BIGINT PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        client TEXT NOT NULL,
        key TEXT NOT NULL,
        about TEXT,
        leaf BYTEA NOT NULL,
        leaf_hash BYTEA NOT NULL,
        UNIQUE (client, key)
    )""",
    "CREATE INDEX record_about ON record (about) WHERE about IS NOT NULL",
    "CREATE SEQUENCE record_given MINVALUE 0 START 0",
    """CREATE FUNCTION record_only_grows() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$""",
    """CREATE TRIGGER record_is_never_changed BEFORE UPDATE OR DELETE ON record
       FOR EACH ROW EXECUTE FUNCTION record_only_grows()""",
    """CREATE TRIGGER record_is_never_emptied BEFORE TRUNCATE ON record
       FOR EACH STATEMENT EXECUTE FUNCTION record_only_grows()""",
    "REVOKE UPDATE, DELETE, TRUNCATE ON record FROM PUBLIC",
)
_SECOND = ("ALTER TABLE record ADD COLUMN once TEXT UNIQUE",)
_THIRD = (
    "ALTER TABLE record ADD COLUMN receipt BYTEA",
    """CREATE TABLE head (
        size BIGINT PRIMARY KEY, note TEXT NOT NULL, leaves BYTEA NOT NULL, peaks BYTEA NOT NULL
    )""",
    """CREATE TRIGGER head_is_never_changed BEFORE UPDATE OR DELETE ON head
       FOR EACH ROW EXECUTE FUNCTION record_only_grows()""",
    """CREATE TRIGGER head_is_never_emptied BEFORE TRUNCATE ON head
       FOR EACH STATEMENT EXECUTE FUNCTION record_only_grows()""",
    "REVOKE UPDATE, DELETE, TRUNCATE ON head FROM PUBLIC",
)
SCHEMA = (_FIRST, _SECOND, _THIRD)
"""Of each format what makes it out of the one before."""

_TRIGGERS = frozenset(
    (f"{table}_is_never_{what}", "O") for table in ("record", "head") for what in ("changed", "emptied")
)

_ALONE = "SELECT pg_advisory_xact_lock(hashtext('tamiz ledger'))"
"""One commits at a time, whatever machine it is on: so numbers follow commits, without gaps."""

_STORED = "SELECT seq, leaf, leaf_hash, receipt FROM record "
_STANDING = """SELECT id, client, key, once, seq, leaf, leaf_hash, receipt FROM record
    WHERE id = ANY(:ids) OR once = ANY(:once)
        OR (client, key) IN (SELECT * FROM unnest(:clients ::text[], :keys ::text[]))"""
_INSERT = """INSERT INTO record SELECT * FROM unnest(
    :seq ::bigint[], :id ::text[], :kind ::text[], :recorded_at ::text[], :client ::text[], :key ::text[],
    :about ::text[], :leaf ::bytea[], :leaf_hash ::bytea[], :once ::text[], :receipt ::bytea[])"""
_COLUMNS = tuple(Row.__dataclass_fields__)
_PAGE = 500


class PostgresLedger:
    """A LedgerStore that services on several machines write to, each by group commit.

    Tables are made where there are none; then the service's user needs no more than SELECT and INSERT on
    them, USAGE and UPDATE on the sequence. A commit whose outcome the network hid may yet be found under
    its key.
    """

    def __init__(self, url: str, settings: LedgerSettings) -> None:
        self._writer = PostgresSession(url, seconds=settings.busy_seconds)
        self._reader = PostgresSession(url, seconds=settings.busy_seconds)
        with ExitStack() as undo:
            undo.callback(self._writer.close)
            prepare(self._writer, "ledger", SCHEMA)
            undo.pop_all()
        self._group = GroupCommit(self._commit, waiting=settings.queue, batch=settings.batch)

    @classmethod
    def open(cls, url: str, settings: LedgerSettings | None = None) -> PostgresLedger:
        """The ledger in the database that the URL names, made if there is none."""
        return cls(url, settings or LedgerSettings())

    def sign_receipts(self, sign: Callable[[bytes], bytes]) -> None:
        """See LedgerStore."""
        self._group.sign = sign

    def append(self, record: Record) -> Future[Stored]:
        """See LedgerStore."""
        return self._group.submit(record)

    def get(self, record_id: str) -> Stored | None:
        """See LedgerStore."""
        return self._one("WHERE id = :id", id=record_id)

    def by_key(self, client: str, key: str) -> Stored | None:
        """See LedgerStore."""
        return self._one("WHERE client = :client AND key = :key", client=client, key=key)

    def by_once(self, once: str) -> Stored | None:
        """See LedgerStore."""
        return self._one("WHERE once = :once", once=once)

    def before(self, client: str, key: str, about: str) -> list[Stored]:
        """See LedgerStore."""
        where = "WHERE (client = :client AND key = :key) OR about = :about ORDER BY seq"
        rows = self._reader.rows(_STORED + where, client=client, key=key, about=about)
        return [Stored(*row) for row in rows]

    def about(self, about: str) -> list[Stored]:
        """See LedgerStore."""
        rows = self._reader.rows(_STORED + "WHERE about = :about ORDER BY seq", about=about)
        return [Stored(*row) for row in rows]

    def iterate(self, after_seq: int = 0, kinds: Collection[Kind] | None = None) -> Iterator[Stored]:
        """See LedgerStore."""
        wanted = None if kinds is None else [kind.value for kind in kinds]
        among = "" if wanted is None else "AND kind = ANY(:kinds ::text[])"
        asked = {} if wanted is None else {"kinds": wanted}
        query = f"{_STORED} WHERE seq > :after {among} ORDER BY seq LIMIT {_PAGE}"
        for row in paged(lambda after: self._reader.rows(query, after=after, **asked), after_seq):
            yield Stored(*row)

    def seal(self, sealed: Sealed, tree: Frontier) -> None:
        """See LedgerStore."""
        query = (
            "INSERT INTO head VALUES (:size, :note, :leaves, :peaks) ON CONFLICT DO NOTHING RETURNING size"
        )
        self._reader.rows(
            query,
            size=sealed.head.size,
            note=sealed.head.note,
            leaves=b"".join(sealed.leaves),
            peaks=b"".join(tree.peaks),
        )

    def frontier(self) -> Frontier:
        """See LedgerStore."""
        rows = self._reader.rows("SELECT size, peaks FROM head ORDER BY size DESC LIMIT 1")
        return Frontier(rows[0][0], list(hashes_in(rows[0][1]))) if rows else Frontier()

    def heads(self, after_size: int = 0) -> Iterator[Sealed]:
        """See LedgerStore."""
        query = f"SELECT size, note, leaves FROM head WHERE size > :after ORDER BY size LIMIT {_PAGE}"  # noqa: S608 - a number of ours
        for _, note, leaves in paged(lambda after: self._reader.rows(query, after=after), after_size):
            yield Sealed(read_head(note), hashes_in(leaves))

    def count(self) -> int:
        """See LedgerStore."""
        return int(self._reader.rows("SELECT count(*) FROM record")[0][0])

    def verify(self) -> Verification:
        """See LedgerStore; the numbers given and the triggers are looked at as well."""
        given = self._given()
        found = verify(self._rows())
        return Verification(
            found.checked, (*found.differences, *cut_off(self._last(), given), *self._unguarded())
        )

    def writable(self) -> bool:
        """See LedgerStore."""
        try:
            return not self._reader.rows("SELECT pg_is_in_recovery()")[0][0]
        except LedgerError:
            return False

    def close(self) -> None:
        """See LedgerStore."""
        self._group.close()
        self._writer.close()
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _commit(self, drafts: Sequence[Draft]) -> list[Stored | AlreadyRecorded]:
        rows = [Row.of(0, draft.record, draft.leaf, draft.receipt) for draft in drafts]
        with self._writer.transaction() as connection:
            connection.run(_ALONE)
            standing = _Standing(
                connection.run(
                    _STANDING,
                    ids=[row.id for row in rows],
                    clients=[row.client for row in rows],
                    keys=[row.key for row in rows],
                    once=[row.once for row in rows if row.once],
                )
            )
            last = int(connection.run("SELECT coalesce(max(seq), 0) FROM record")[0][0])
            answers, new = standing.answers(rows, last)
            if new:
                columns = {name: [getattr(row, name) for row in new] for name in _COLUMNS}
                connection.run(_INSERT, **columns)
        if new:
            self._writer.rows("SELECT setval('record_given', :last)", last=last + len(new))
        return answers

    def _one(self, where: str, **values: str) -> Stored | None:
        rows = self._reader.rows(_STORED + where, **values)
        return Stored(*rows[0]) if rows else None

    def _rows(self) -> Iterator[Row]:
        query = f"SELECT {', '.join(_COLUMNS)} FROM record WHERE seq > :after ORDER BY seq LIMIT {_PAGE}"  # noqa: S608
        for row in paged(lambda after: self._reader.rows(query, after=after), -1):
            yield Row(*row)

    def _given(self) -> int:
        return int(self._reader.rows("SELECT last_value FROM record_given")[0][0])

    def _last(self) -> int:
        return int(self._reader.rows("SELECT coalesce(max(seq), 0) FROM record")[0][0])

    def _unguarded(self) -> Iterator[Difference]:
        """Triggers keep records from being changed; one that is off or gone does not."""
        query = """SELECT tgname, tgenabled FROM pg_trigger
                   WHERE tgrelid IN ('record'::regclass, 'head'::regclass) AND NOT tgisinternal"""
        if {(name, state) for name, state in self._reader.rows(query)} != _TRIGGERS:
            yield Difference(0, None, "the triggers are not those the ledger was made with")


class _Standing:
    """What stands in the place of records of a batch, and of its own earlier ones."""

    def __init__(self, found: Sequence[Sequence[object]]) -> None:
        self._by_id: dict[object, Stored] = {}
        self._by_key: dict[object, Stored] = {}
        self._by_once: dict[object, Stored] = {}
        for record_id, client, key, once, *stored in found:
            self._put(record_id, client, key, once, Stored(*stored))  # type: ignore[arg-type]

    def answers(self, rows: Sequence[Row], last: int) -> tuple[list[Stored | AlreadyRecorded], list[Row]]:
        """Give the answer to each row, and the rows to be inserted with their numbers from `last` + 1 on."""
        answers: list[Stored | AlreadyRecorded] = []
        new: list[Row] = []
        for row in rows:
            there = (
                self._by_key.get((row.client, row.key))
                or self._by_id.get(row.id)
                or (self._by_once.get(row.once) if row.once else None)
            )
            if there is not None:
                answers.append(AlreadyRecorded(there))
                continue
            numbered = replace(row, seq=last + len(new) + 1)
            stored = Stored(numbered.seq, row.leaf, row.leaf_hash, row.receipt)
            self._put(row.id, row.client, row.key, row.once, stored)
            new.append(numbered)
            answers.append(stored)
        return answers, new

    def _put(self, record_id: object, client: object, key: object, once: object, stored: Stored) -> None:
        self._by_id[record_id] = stored
        self._by_key[client, key] = stored
        self._by_once[once] = stored
