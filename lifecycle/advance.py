"""From the ledger to the lake, and on to the next snapshot: what came by the API becomes history.

Done again it adds nothing: the lake knows each row by its key; the mark only spares reading the ledger anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from customs.errors import InputError
from features.columns import NAMES, Columns
from features.intake import accept, accept_outcomes
from features.intake_report import IntakeReport
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.outcome_columns import outcomes_from_records
from features.profile_store import newest_published
from features.publication import publish_day
from features.redis_profile_store import mirror
from features.refused import Refused
from ledger.decision_record import opened
from ledger.opening import is_new, open_ledger
from ledger.record import Kind
from ledger.store import LedgerStore, Stored
from ledger.vault import Vault
from lifecycle.console import Report
from lifecycle.recall import day_after, tables_of
from lifecycle.session import Session
from lifecycle.wiring import service_wiring
from lifecycle.workspace import replace_text
from serving.evidence import columns_of
from serving.outcome_records import outcome_of

_AT_ONCE = 1_000


class AdvanceError(InputError):
    """A day as of which there can be no snapshot yet."""


@dataclass(frozen=True)
class Advanced:
    """What an advance carried over and refused, and the day as of which the service now looks things up.

    `since` is the day of the snapshot that it was brought up from, None if it was made anew from the lake;
    `reopened` the day to which the past was opened again for rows that came late; `damaged` the day of the
    newest snapshot that could not be built upon; `later` that of one that was there already and is of a later
    day, None if there is none. `opened` counts the keys
    that changed, by entity, `amended` and `told` the amendments and outcomes of the days between.
    """

    items: int
    outcomes: int
    refused: Refused
    erased: int
    as_of: date
    since: date | None = None
    reopened: date | None = None
    damaged: date | None = None
    later: date | None = None
    opened: dict[str, int] = field(default_factory=dict)
    amended: int = 0
    told: int = 0


def advance(session: Session, *, to: date | None, now: datetime, progress: Report) -> Advanced:
    """Carry declarations and outcomes from the ledger to the lake, then publish the snapshot as of `to`.

    It holds what stands in the reference tables on that day. Without `to` it is the day after the newest
    item; one later than tomorrow, by the clock `now` in the zone of intake, is refused, for the service would
    look up what nobody knows yet. Where the settings name a Redis, it is mirrored there; if that fails, it
    stays published here. Raises AdvanceError, and EmptyLakeError where there is nothing at all.
    """
    if to:
        _check_day(to, now.astimezone(ZoneInfo(session.intake.time_zone)).date())
    lake = Lake(session.workspace.lake)
    carried = _carry(session, lake, now, progress)
    as_of, newest = to or day_after(lake), newest_published(session.workspace.snapshots)
    publication = publish_day(
        session.workspace.snapshots, lake, as_of, session.history, progress, tables=tables_of(session)
    )
    progress("snapshot", 1, 1)
    if url := session.profiles.url:
        with closing(LmdbProfileStore(publication.folder)) as store:
            mirror(url.get_secret_value(), store, progress)
    return replace(
        carried,
        as_of=as_of,
        since=publication.since,
        reopened=publication.reopened,
        damaged=publication.damaged,
        later=newest if newest and newest > as_of else None,
        opened=publication.opened,
        amended=publication.amended,
        told=publication.told,
    )


def _check_day(to: date, today: date) -> None:
    tomorrow = today + timedelta(days=1)
    if to > tomorrow:
        raise AdvanceError(
            f"{to} is later than tomorrow: a snapshot of that day would be of what nobody knows yet",
            remedy=f"name a day up to {tomorrow}, or leave out --to for the day after the newest item",
        )


def _carry(session: Session, lake: Lake, now: datetime, progress: Report) -> Advanced:
    carried = Advanced(0, 0, Refused(), 0, date.min)
    wiring = service_wiring(session)
    if is_new(wiring.ledger, wiring.ledger_settings):
        return carried
    mark = session.workspace.root / "data" / "advanced"
    done = int(mark.read_text(encoding="ascii")) if mark.exists() else 0
    with (
        Vault.open(wiring.vault, wiring.ledger_settings, new=False) as vault,
        open_ledger(wiring.ledger, wiring.ledger_settings) as ledger,
    ):
        for batch in _batches(ledger, done):
            for report in _take(batch, vault, session, lake, now):
                carried = _counted(carried, report)
            done = batch[-1].seq
            replace_text(mark, str(done))
            progress("ledger to lake", carried.items + carried.outcomes, 0)
    return carried


def _batches(ledger: LedgerStore, after: int) -> Iterator[list[Stored]]:
    batch: list[Stored] = []
    for stored in ledger.iterate(after, (Kind.DECISION, Kind.OUTCOME)):
        batch.append(stored)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _take(
    batch: list[Stored], vault: Vault, session: Session, lake: Lake, now: datetime
) -> Iterator[IntakeReport | None]:
    """The report of what a batch brought into the lake, and None for each record that was erased."""
    items: list[Columns] = []
    outcomes: list[object] = []
    for stored in batch:
        details = opened(vault, stored.record).details
        if details is None:
            yield None
        elif stored.record.kind is Kind.DECISION:
            items.append(columns_of(details))
        else:
            outcomes.append(outcome_of(details))
    settings, quarantine = session.intake, session.workspace.quarantine
    if items:
        yield accept(_joined(items), lake=lake, quarantine=quarantine, settings=settings, now=now)
    if outcomes:
        reading = outcomes_from_records(outcomes, time_zone=settings.time_zone)
        yield accept_outcomes(
            reading.columns,
            lake=lake,
            quarantine=quarantine,
            settings=settings,
            now=now,
            unreadable=reading.unreadable,
        )


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in NAMES}


def _counted(carried: Advanced, report: IntakeReport | None) -> Advanced:
    if report is None:
        return replace(carried, erased=carried.erased + 1)
    return replace(
        carried,
        items=carried.items + report.items.accepted,
        outcomes=carried.outcomes + report.outcomes.accepted,
        refused=carried.refused + Refused.of(report),
    )
