"""One declaration, from the request to the sealed record that waits to be committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from features.columns import Columns, rows
from features.local_time import date_of
from features.reference.tables import named_in
from ledger.decision_record import opened
from ledger.store import Stored
from ledger.vault import Vault
from scoring.bundle import Bundle
from selection.capacity import QuotaStore
from selection.draw import NO_LOT, uniform
from selection.dry_quota import DryQuota
from selection.pace import released
from serving.budget import Budget
from serving.decide import Decided, Given, Terms, decide, with_band
from serving.declared import declared
from serving.evidence import columns_of
from serving.journal import Journal
from serving.profiles import Known, Profiles, nobody
from serving.recording import Asked, Draft, circumstances, draft
from serving.reply import tried_bytes
from serving.steady_quota import SteadyQuota
from serving.stores import Stores


@dataclass(frozen=True)
class AtWork:
    """What one request is decided with, taken once: a swap meanwhile changes nothing for it."""

    stores: Stores
    bundle: Bundle | None
    profiles: Profiles
    terms: Terms
    journal: Journal
    model_seconds: float


def draft_of(asked: Asked, at_work: AtWork, earlier: Sequence[Stored]) -> Draft:
    """Give the decision on a request, ready to be recorded; raises Problem 422 for what breaks a rule.

    `earlier` are the decisions on the declaration's earlier versions, in their order.
    """
    stores = at_work.stores
    draw = uniform(stores.draw_key, asked.request["declaration"]["declaration_id"])
    case = _case(asked, at_work, earlier, stores.quota, draw)
    return draft(
        asked,
        case.given,
        case.decided,
        bundle=at_work.bundle,
        terms=at_work.terms,
        vault=stores.vault,
        degraded=case.degraded,
        amends=_amended(earlier),
    )


def tried_out(asked: Asked, at_work: AtWork, earlier: Sequence[Stored]) -> bytes:
    """Give what would be answered now, with nothing recorded and no quota used; raises as `draft_of` does.

    No lot is drawn: who could ask for the lot of an id beforehand would choose ids by it.
    """
    case = _case(asked, at_work, earlier, DryQuota(at_work.stores.quota), NO_LOT)
    made = circumstances(asked, case.given, at_work.bundle, case.degraded, _amended(earlier))
    return tried_bytes(case.decided, made)


@dataclass(frozen=True)
class _Case:
    """What was decided, upon what, and what the decision and all around it had to do without."""

    given: Given
    decided: Decided
    degraded: tuple[str, ...]


def _case(asked: Asked, at_work: AtWork, earlier: Sequence[Stored], count: QuotaStore, draw: float) -> _Case:
    terms = at_work.terms
    columns = _dated(declared(asked.request, terms.intake, asked.received_at), earlier, at_work.stores.vault)
    known = _known(columns, at_work, asked.decision_id)
    banded = with_band(columns, known.values, terms.intake)
    given = Given(banded, known.values, known.as_of, named_in(known.values, known.sources))
    quota = SteadyQuota(count)
    decided = decide(
        given,
        at_work.bundle,
        quota,
        draw,
        terms,
        released=_released(asked, columns, terms),
        budget=Budget.of(at_work.model_seconds, asked.began),
    )
    if decided.failure:
        at_work.journal.note("model failed", decision=asked.decision_id, error=decided.failure)
    return _Case(given, decided, (*decided.degraded, *(("quota",) if quota.away else ())))


def _released(asked: Asked, columns: Columns, terms: Terms) -> float:
    day, zone = date_of(int(columns["customs_date"][0])), ZoneInfo(terms.intake.time_zone)
    return released(asked.received_at, day, terms.selection.working_hours, zone)


def _amended(earlier: Sequence[Stored]) -> str | None:
    return earlier[-1].record.id if earlier else None


def _dated(columns: Columns, earlier: Sequence[Stored], vault: Vault) -> Columns:
    """Give an amendment the customs_date of the first version that the ledger knows."""
    for stored in earlier:
        details = opened(vault, stored.record).details
        if details is not None:
            first = columns_of(details)["customs_date"][0]
            return columns | {"customs_date": np.full(rows(columns), first)}
    return columns


def _known(columns: Columns, at_work: AtWork, decision_id: str) -> Known:
    """Give the history and reference values and their day; of nobody, and no day, where the store fails."""
    try:
        return at_work.profiles.lookup(columns)
    except Exception as error:  # noqa: BLE001 - whatever the store cannot do, the declaration is decided
        at_work.journal.failure("profiles failed", error, decision=decision_id)
        return nobody(columns)
