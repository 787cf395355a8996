"""The engine: what is at work now, and the road of a request through it to the ledger and back."""

from __future__ import annotations

import asyncio
import gc
import json
import math
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from customs.errors import TamizError
from ledger.decision_record import about, client_key
from ledger.errors import AlreadyRecorded, LedgerError
from ledger.record_id import record_id
from ledger.store import Stored
from scoring.bundle import Bundle
from selection.rules import RuleBook
from serving.answer import CancellationReason, Champion, State
from serving.body import recorded_request
from serving.cancellation import cancel
from serving.case import AtWork, draft_of, tried_out
from serving.champion import ApprovedBundle, load_champion, trusted
from serving.decide import Terms
from serving.declared import check_outcomes
from serving.desk import Reply
from serving.earlier import decisions_in, refuse_decided
from serving.explanation import explanation, trader_view
from serving.headings import headings
from serving.inspections import give_back
from serving.journal import Journal
from serving.languages import in_language
from serving.metrics import Metrics
from serving.once import Once, Settled
from serving.outcome_records import take_down
from serving.problem import Problem
from serving.profiles import Profiles
from serving.read_decision import find_decision, read_decision
from serving.recording import Asked, Draft, recorded
from serving.rehearsal import rehearse
from serving.standing import Standing, quota_uses
from serving.stores import Stores
from serving.watched import Watched
from serving.wiring import ServiceWiring

T = TypeVar("T")

_THREADS = 1
"""That decide, and as many for all else: a long explanation keeps no shipment waiting.

The event loop answers liveness meanwhile. Two and four that decide were no faster on one core, and the
slowest answers came a quarter later.
"""

_NO_HEADINGS: Mapping[str, Any] = {"as_of": None, "snapshot": None, "items": []}
_AWAY_SECONDS = 2.0


class Engine:
    """A `desk.Desk` over the stores, the champion and the profiles that the wiring names.

    Opened and closed by the server process. A thread of its own looks for another champion, other profiles
    and stores that came back; a request keeps what it began with.
    """

    def __init__(self, wiring: ServiceWiring, journal: Journal, metrics: Metrics) -> None:
        self._wiring = wiring
        self._journal = journal
        self._metrics = metrics
        settings = wiring.serving
        rules = RuleBook(wiring.selection.rules)
        self._terms = Terms(
            rules, wiring.selection, wiring.intake, settings.top_reasons, settings.profile_days
        )
        may_stay = partial(trusted, registered_keys=wiring.registered_keys)
        files = (wiring.champion, wiring.registered_keys)
        self._champion: Watched[ApprovedBundle] = Watched(files, self._load_champion, may_stay)
        self._profiles = Profiles(wiring.snapshots, wiring.profiles)
        self._stores: Stores | None = None
        self._stores_refused = ""
        self._failed_at = -math.inf
        self._once = Once()
        self._deciding = ThreadPoolExecutor(_THREADS, "decide")
        self._aside = ThreadPoolExecutor(_THREADS, "aside")
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)

    def open(self) -> None:
        """Open the stores and load what there is; what is away is looked for again and again."""
        rehearse(None, self._terms)
        self._look()
        self._watcher.start()

    def close(self) -> None:
        """Finish what is at work, commit it and close everything."""
        self._closing.set()
        self._watcher.join()
        self._deciding.shutdown()
        self._aside.shutdown()
        if self._stores:
            self._stores.close()
        self._profiles.close()

    async def decide(self, body: bytes, request: Mapping[str, Any], client: str, key: str | None) -> Reply:
        """See Desk."""
        asked = self._asked(body, request, client, key)
        work = partial(self._settle, asked, self._at_work())
        return await self._once.settle((client, asked.key), request, work)

    async def try_out(self, body: bytes, request: Mapping[str, Any], client: str) -> bytes:
        """See Desk."""
        asked = self._asked(body, request, client, None)
        return await self._decided(partial(_tried_out, asked, self._at_work()))

    async def cancel(self, decision_id: str, reason: CancellationReason, client: str) -> bytes | None:
        """See Desk."""
        stores, now = self._open_stores(), self._wiring.now()
        return await self._beside(
            partial(cancel, decision_id, reason, client=client, received_at=now, stores=stores)
        )

    async def record_outcomes(self, outcomes: Sequence[Mapping[str, Any]], client: str) -> bytes:
        """See Desk."""
        stores, now = self._open_stores(), self._wiring.now()
        check_outcomes(outcomes, self._wiring.intake, now)
        zone = self._wiring.intake.time_zone
        return await self._beside(
            partial(take_down, outcomes, client=client, received_at=now, stores=stores, time_zone=zone)
        )

    async def reply(self, decision_id: str) -> Reply | None:
        """See Desk."""
        return await self._beside(partial(_reply, decision_id, self._open_stores()))

    async def headings(self, decision_id: str) -> bytes | None:
        """See Desk."""
        return await self._beside(partial(_headings, decision_id, self._open_stores(), self._wiring))

    async def explanation(self, decision_id: str, *, language: str, trader: bool) -> bytes | None:
        """See Desk."""
        at_work, wiring = self._at_work(), self._wiring
        return await self._beside(partial(_explained, decision_id, at_work, wiring, language, trader=trader))

    async def state(self) -> State:
        """See Desk: ready when decisions can be recorded, whatever else is missing."""
        writable, bundle = self._writable, self._bundle
        return State(
            status="ready" if writable else "not ready",
            ledger="writable" if writable else "away",
            rules=self._terms.rules.version,
            model=bundle.id if bundle else None,
            model_refused=self._champion.refused,
            profiles_as_of=self._profiles.as_of,
            profiles_refused=self._profiles.refused,
        )

    async def standing(self) -> Standing:
        """See Desk."""
        today = self._wiring.now().astimezone(ZoneInfo(self._wiring.intake.time_zone)).date()
        as_of, bundle, stores = self._profiles.as_of, self._bundle, self._stores
        used = partial(quota_uses, stores.quota, self._terms.selection, today) if stores else tuple
        return Standing(
            bundle_id=bundle.id if bundle else None,
            writable=self._writable,
            profile_days=(today - as_of).days if as_of else None,
            quota=await self._beside(used),
        )

    def champion(self) -> Champion | None:
        """See Desk."""
        bundle = self._bundle
        if bundle is None:
            return None
        return Champion(
            bundle_id=bundle.id,
            created_at=bundle.created_at,
            trainer=bundle.trainer.name,
            card=dict(bundle.card),
        )

    @property
    def _writable(self) -> bool:
        failed = time.monotonic() - self._failed_at <= _AWAY_SECONDS
        return self._stores is not None and self._stores.ledger.writable() and not failed

    @property
    def _bundle(self) -> Bundle | None:
        """The bundle at work."""
        approved = self._champion.value
        return approved.bundle if approved else None

    def _asked(self, body: bytes, request: Mapping[str, Any], client: str, key: str | None) -> Asked:
        header = request["declaration"]
        own = f"declaration\n{header['declaration_id'].strip()}\n{header.get('version', 1)}"
        now = self._wiring.now()
        return Asked(
            decision_id=record_id(now, secrets.token_bytes(10)),
            body=body,
            request=request,
            client=client,
            key=own if key is None else f"key\n{key}",
            received_at=now,
            began=time.monotonic(),
        )

    def _at_work(self) -> AtWork:
        return AtWork(
            self._open_stores(),
            self._bundle,
            self._profiles,
            self._terms,
            self._journal,
            self._wiring.serving.model_seconds,
        )

    async def _settle(self, asked: Asked, at_work: AtWork) -> Settled:
        """Give what stands under the key; without anything decide, commit, and only then give the reply."""
        begun = await self._decided(partial(_begun, asked, at_work))
        if isinstance(begun, Settled):
            return begun
        draft, committed = begun
        try:
            stored = await asyncio.wrap_future(committed)
        except AlreadyRecorded as other:
            await self._decided(partial(give_back, draft.taken, at_work.stores.quota))
            return await self._decided(partial(_standing, asked, other.stored, at_work))
        except LedgerError as error:
            raise self._away(error) from None
        self._metrics.decided(draft.record.public, seconds=time.monotonic() - asked.began)
        return Settled(asked.request, draft.sent(stored))

    async def _decided(self, work: Callable[[], T]) -> T:
        """Do what a shipment waits for."""
        return await self._done(self._deciding, work)

    async def _beside(self, work: Callable[[], T]) -> T:
        """Do what no shipment waits for, and what may take long."""
        return await self._done(self._aside, work)

    async def _done(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        """Do the work in a thread; what it says of the ledger becomes 503."""
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except LedgerError as error:
            raise self._away(error) from None

    def _open_stores(self) -> Stores:
        if self._stores is None:
            raise _ledger_away()
        return self._stores

    def _away(self, error: LedgerError) -> Problem:
        self._failed_at = time.monotonic()
        self._journal.note("ledger failed", error=str(error))
        return _ledger_away()

    def _watch(self) -> None:
        while not self._closing.wait(self._wiring.serving.watch_seconds):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next look may find it mended
                self._journal.failure("looking failed", error)

    def _load_champion(self) -> ApprovedBundle:
        """Give the champion once it has shown itself at a decision."""
        wiring = self._wiring
        seconds = wiring.serving.load_seconds
        approved = load_champion(wiring.champion, wiring.registered_keys, seconds=seconds)
        rehearse(approved.bundle, self._terms)
        return approved

    def _look(self) -> None:
        """Take what is new, and say so in the log."""
        if self._stores is None:
            self._open_or_say_why()
        if self._champion.look():
            bundle = self._bundle
            self._journal.note(
                "model",
                at_work=bundle.id if bundle else None,
                refused=self._champion.refused,
                by_lightgbm=bundle.by_lightgbm if bundle else None,
            )
            gc.freeze()
        if self._profiles.look():
            as_of = self._profiles.as_of
            self._journal.note(
                "profiles", as_of=as_of.isoformat() if as_of else None, refused=self._profiles.refused
            )

    def _open_or_say_why(self) -> None:
        try:
            self._stores = Stores.open(
                self._wiring, lambda error: self._journal.note("sealing failed", error=error)
            )
        except (TamizError, OSError) as error:
            if str(error) != self._stores_refused:
                self._journal.note("stores away", error=str(error))
            self._stores_refused = str(error)
            return
        self._journal.note("stores open")


def _begun(asked: Asked, at_work: AtWork) -> Settled | tuple[Draft, Future[Stored]]:
    """Give what stands under the key, or else a decision and the future of its record, on its way."""
    stores = at_work.stores
    key = client_key(stores.vault, asked.key)
    before = stores.ledger.before(asked.client, key, _about(asked, stores))
    for stored in before:
        if (stored.record.client, stored.record.key) == (asked.client, key):
            return _settled(stored, at_work)
    earlier = decisions_in(before)
    refuse_decided(asked, earlier, stores.vault, at_work.terms)
    draft = draft_of(asked, at_work, earlier)
    return draft, stores.ledger.append(draft.record)


def _tried_out(asked: Asked, at_work: AtWork) -> bytes:
    stores = at_work.stores
    return tried_out(asked, at_work, decisions_in(stores.ledger.about(_about(asked, stores))))


def _standing(asked: Asked, stored: Stored, at_work: AtWork) -> Settled:
    """Give what was recorded meanwhile under the key; raises Problem where it was recorded under another."""
    vault = at_work.stores.vault
    if (stored.record.client, stored.record.key) != (asked.client, client_key(vault, asked.key)):
        refuse_decided(asked, [stored], vault, at_work.terms)
    return _settled(stored, at_work)


def _about(asked: Asked, stores: Stores) -> str:
    return about(stores.vault, asked.request["declaration"]["declaration_id"])


def _settled(stored: Stored, at_work: AtWork) -> Settled:
    body, reply = recorded(stored, at_work.stores.vault)
    return Settled(recorded_request(body, at_work.terms.intake), reply)


def _reply(decision_id: str, stores: Stores) -> Reply | None:
    stored = find_decision(decision_id, stores.ledger)
    return recorded(stored, stores.vault)[1] if stored else None


def _headings(decision_id: str, stores: Stores, wiring: ServiceWiring) -> bytes | None:
    stored = find_decision(decision_id, stores.ledger)
    if stored is None:
        return None
    decision = read_decision(stored, stores.vault)
    versions: Any = decision.record.public["versions"]
    found = headings(decision.details, versions["bundle"], wiring) or _NO_HEADINGS
    return json.dumps({"decision_id": decision_id, **found}, ensure_ascii=False, allow_nan=False).encode()


def _explained(
    decision_id: str, at_work: AtWork, wiring: ServiceWiring, language: str, *, trader: bool
) -> bytes | None:
    stores = at_work.stores
    stored = find_decision(decision_id, stores.ledger)
    if stored is None:
        return None
    decision = read_decision(stored, stores.vault)
    full = explanation(decision, stores, wiring, at_work.terms.rules, at_work.bundle)
    told = in_language(trader_view(full) if trader else full, language)
    return json.dumps(told, ensure_ascii=False, allow_nan=False).encode()


def _ledger_away() -> Problem:
    return Problem(
        503,
        "ledger-away",
        "Nothing can be recorded now",
        "treat the declaration as for manual review and send it again after Retry-After seconds, with the "
        "same key; nothing is decided without its record",
        headers={"Retry-After": "2"},
    )
