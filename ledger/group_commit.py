"""One thread that commits for all: whoever waits meanwhile shares the next commit."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from ledger.errors import AlreadyRecorded, LedgerUnavailable
from ledger.record import Record
from ledger.store import Stored
from ledger.verifier import leaf_hash


@dataclass(frozen=True)
class Draft:
    """A record on its way into the ledger, its leaf made, its receipt, and who waits for it."""

    record: Record
    leaf: bytes
    receipt: bytes | None = None
    future: Future[Stored] = field(default_factory=Future)


Commit = Callable[[Sequence[Draft]], Sequence[Stored | AlreadyRecorded]]
"""Makes the drafts durable in one transaction: one answer a draft, or LedgerUnavailable for all of them."""


class GroupCommit:
    """A bounded queue before one committing thread; `sign` makes the receipt of a leaf hash, if there is one.

    >>> from datetime import UTC, datetime
    >>> from ledger.record import Kind
    >>> from ledger.verifier import leaf_hash
    >>> def commit(drafts):
    ...     return [Stored(1, draft.leaf, leaf_hash(draft.leaf)) for draft in drafts]
    >>> group = GroupCommit(commit, waiting=9, batch=9)
    >>> record = Record("r1", Kind.ACCESS, datetime(2026, 1, 2, tzinfo=UTC), "auditor", "k1")
    >>> group.submit(record).result().seq
    1
    >>> group.close()
    """

    def __init__(self, commit: Commit, *, waiting: int, batch: int) -> None:
        self._commit = commit
        self._batch = batch
        self._queue: queue.SimpleQueue[Draft | None] = queue.SimpleQueue()
        self._waiting = threading.BoundedSemaphore(waiting)
        self._lock = threading.Lock()
        self._closed = False
        self.sign: Callable[[bytes], bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def submit(self, record: Record) -> Future[Stored]:
        """A future of the record's commit; it fails at once if too many wait already."""
        leaf = record.leaf()
        draft = Draft(record, leaf, self.sign(leaf_hash(leaf)) if self.sign else None)
        with self._lock:
            if self._closed or not self._waiting.acquire(blocking=False):
                draft.future.set_exception(
                    LedgerUnavailable(
                        "the ledger takes no more records now", remedy="send it again in a moment"
                    )
                )
            else:
                self._queue.put(draft)
        return draft.future

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            drafts, going_on = self._next_batch()
            live = [draft for draft in drafts if draft.future.set_running_or_notify_cancel()]
            if live:
                self._settle(live)
            for _ in drafts:
                self._waiting.release()

    def _next_batch(self) -> tuple[list[Draft], bool]:
        drafts: list[Draft] = []
        draft = self._queue.get()
        while draft is not None:
            drafts.append(draft)
            if len(drafts) == self._batch:
                return drafts, True
            try:
                draft = self._queue.get_nowait()
            except queue.Empty:
                return drafts, True
        return drafts, False

    def _settle(self, drafts: Sequence[Draft]) -> None:
        try:
            answers = self._commit(drafts)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, those who wait must hear of it
            for draft in drafts:
                draft.future.set_exception(error)
            return
        for draft, answer in zip(drafts, answers, strict=True):
            if isinstance(answer, AlreadyRecorded):
                draft.future.set_exception(answer)
            else:
                draft.future.set_result(answer)
