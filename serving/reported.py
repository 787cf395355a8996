"""What is reported of an item, held against the decisions on its declaration.

How it was selected, and with what probability, the ledger knows: later learning weighs inspections by it, so
that nobody may say otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from customs.outcome import SelectionReason
from features.columns import Columns
from features.local_time import NO_DAY, date_of, local_days
from features.outcome_columns import outcomes_from_records
from ledger.decision_record import opened
from ledger.record import Kind
from ledger.store import Stored
from ledger.vault import Vault
from serving.evidence import columns_of
from serving.problem import Fault

Outcome = Mapping[str, Any]

_PROBABILITIES = ("p_document", "p_physical")
_OF_THE_PLATFORM = frozenset({SelectionReason.RULE, SelectionReason.MODEL, SelectionReason.RANDOM})
_SAME = 1e-9


@dataclass(frozen=True)
class Decided:
    """A decision that stands in the ledger: its id, what it says in the open, and its declared columns."""

    id: str
    public: Mapping[str, Any]
    columns: Columns


@dataclass(frozen=True)
class Reported:
    """An outcome with what its decision knows: the id of that and the importer (None without one), and what
    contradicts it.
    """

    outcome: Outcome
    decision_id: str | None = None
    importer_id: str | None = None
    faults: tuple[Fault, ...] = ()


def decided_of(records: Sequence[Stored], vault: Vault) -> list[Decided]:
    """Give the decisions among the records of a declaration, the newest first; none that was erased."""
    found = []
    for stored in reversed(records):
        record = stored.record
        details = opened(vault, record).details if record.kind is Kind.DECISION else None
        if details is not None:
            found.append(Decided(record.id, record.public, columns_of(details)))
    return found


def held_against(outcome: Outcome, pointer: str, decisions: Sequence[Decided], *, time_zone: str) -> Reported:
    """Give the outcome with the probabilities of the newest decision that it agrees with.

    Without decisions, as for what came by files, it is left as it is. Where it contradicts all of them, the
    faults are those against the newest.
    """
    days = _days(outcome, time_zone)
    against = [tuple(_faults(outcome, days, pointer, decision)) for decision in decisions]
    for decision, faults in zip(decisions, against, strict=True):
        if not faults:
            importer_id = decision.columns["importer_id"][0]
            return Reported(_completed(outcome, decision), decision.id, importer_id)
    return Reported(outcome, faults=against[0] if against else ())


def _days(outcome: Outcome, time_zone: str) -> dict[str, int]:
    """Local days of the instants that are given."""
    columns = outcomes_from_records([outcome], time_zone=time_zone).columns
    days = {name: int(local_days(columns[name], time_zone)[0]) for name in ("inspected_at", "result_at")}
    return {name: day for name, day in days.items() if day != NO_DAY}


def _faults(outcome: Outcome, days: Mapping[str, int], pointer: str, decision: Decided) -> Iterator[Fault]:
    if outcome["item_no"] not in decision.columns["item_no"]:
        yield Fault(
            f"{pointer}/item_no",
            "item_no",
            "the item is one of the declaration that was decided",
            "give the number of an item of it, or send the amended declaration first",
        )
    accepted = int(decision.columns["customs_date"][0])
    for name, day in days.items():
        if day < accepted:
            yield Fault(
                f"{pointer}/{name}",
                name,
                "nothing is found before the declaration is accepted",
                f"the declaration is of {date_of(accepted)}: check the date",
            )
    yield from _otherwise_selected(outcome, pointer, decision)


def _otherwise_selected(outcome: Outcome, pointer: str, decision: Decided) -> Iterator[Fault]:
    said, reason = decision.public, outcome["selection_reason"]
    platform = reason in _OF_THE_PLATFORM
    if reason == SelectionReason.LEGACY or (platform and reason != said["reason"]):
        told = f"selected it by {said['reason']}" if said["reason"] else "did not select it"
        yield Fault(
            f"{pointer}/selection_reason",
            "selection_reason",
            f"the platform {told}",
            "give the platform's reason, or who else selected it: officer or intelligence",
        )
    elif platform and outcome.get("lane", said["lane"]) != said["lane"]:
        yield Fault(
            f"{pointer}/lane",
            "lane",
            f"the platform gave it lane {said['lane']}",
            "leave it empty, or say that an officer selected it for another",
        )
    for name in _PROBABILITIES:
        if name in outcome and not math.isclose(outcome[name], said[name], rel_tol=_SAME):
            yield Fault(
                f"{pointer}/{name}",
                name,
                "it is the probability that the decision recorded",
                "leave it empty: it is taken from the decision",
            )


def _completed(outcome: Outcome, decision: Decided) -> Outcome:
    """Give the outcome with the probabilities by which the platform selected it."""
    if outcome["selection_reason"] not in _OF_THE_PLATFORM:
        return outcome
    return {**outcome, **{name: decision.public[name] for name in _PROBABILITIES}}
