"""Records of decisions: made from what was decided, and read back as what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from ledger.decision_record import Versions, decision_record
from ledger.record import Record
from ledger.store import Stored
from ledger.vault import Role, Subject, Vault
from scoring.bundle import Bundle
from scoring.reasons import CATALOGUE
from selection.capacity import Place
from serving.decide import Decided, Given, Terms
from serving.desk import Reply
from serving.evidence import details_of
from serving.inspections import places_of
from serving.read_decision import read_decision
from serving.reply import Circumstances, answer_bytes, recorded_bytes

CODE = version("tamiz")
"""Version of this code, as records name it."""


@dataclass(frozen=True)
class Asked:
    """A request for a decision: the exact body, what it says, who sent it, under what key, and when.

    `decision_id` is the id that the decision gets if it is the first under its key, `began` the instant of
    its arrival by the monotonic clock.
    """

    decision_id: str
    body: bytes
    request: Mapping[str, Any]
    client: str
    key: str
    received_at: datetime
    began: float

    @property
    def version(self) -> int:
        """Version of the declaration."""
        return int(self.request["declaration"].get("version", 1))


@dataclass(frozen=True)
class Draft:
    """A decision ready to be recorded: its record, the reply sealed in it, and the inspections it took."""

    record: Record
    lane: str
    degraded: tuple[str, ...]
    reply: bytes
    taken: tuple[Place, ...]

    def sent(self, stored: Stored) -> Reply:
        """Give the reply, now that the record stands."""
        body = answer_bytes(self.reply, stored.leaf_hash, stored.receipt)
        return Reply(self.record.id, self.lane, ",".join(self.degraded), body)


def draft(
    asked: Asked,
    given: Given,
    decided: Decided,
    *,
    bundle: Bundle | None,
    terms: Terms,
    vault: Vault,
    degraded: tuple[str, ...],
    amends: str | None,
) -> Draft:
    """Give the sealed record of a decision, and its reply; the keys that seal it are durable.

    `degraded` is what the decision, and what was around it, had to do without, `amends` the decision before.
    """
    header, selection = asked.request["declaration"], decided.choice.selection
    reply = recorded_bytes(
        decided,
        circumstances(asked, given, bundle, degraded, amends),
        decision_id=asked.decision_id,
        recorded_at=asked.received_at,
    )
    record = decision_record(
        vault,
        id=asked.decision_id,
        recorded_at=asked.received_at,
        client=asked.client,
        key=asked.key,
        declaration_id=header["declaration_id"],
        version=asked.version,
        amends=amends,
        selection=selection,
        versions=_versions(bundle, given, terms),
        degraded=degraded,
        request=asked.body,
        details=details_of(given, decided, terms),
        reply=reply,
        parties=parties_of(asked.request),
    )
    taken = places_of(given.columns, (take.lane for take in decided.choice.takes if take.taken))
    return Draft(record, selection.lane.value, degraded, reply, taken)


def circumstances(
    asked: Asked, given: Given, bundle: Bundle | None, degraded: tuple[str, ...], amends: str | None
) -> Circumstances:
    """Give what stands in the answer to a request beside what was decided."""
    declaration_id = asked.request["declaration"]["declaration_id"]
    return Circumstances(declaration_id, asked.version, amends, degraded, bundle, given.as_of)


def recorded(stored: Stored, vault: Vault) -> tuple[bytes, Reply]:
    """Give the request and the reply of a record; raises Problem 410 where they were erased."""
    decision = read_decision(stored, vault)
    said: Mapping[str, Any] = stored.record.public
    body = answer_bytes(decision.reply, stored.leaf_hash, stored.receipt)
    return decision.request, Reply(decision.record.id, said["lane"], ",".join(said["degraded"]), body)


def _versions(bundle: Bundle | None, given: Given, terms: Terms) -> Versions:
    return Versions(
        bundle=bundle.id if bundle else None,
        recipe=bundle.recipe.version if bundle else None,
        as_of=given.as_of,
        rules=terms.rules.version,
        catalogue=CATALOGUE,
        code=CODE,
    )


def parties_of(request: Mapping[str, Any]) -> list[Subject]:
    """Give everybody whom the declaration names, the importer first."""
    header = request["declaration"]
    sellers = dict.fromkeys(item["seller_id"] for item in request["items"] if "seller_id" in item)
    named = [(Role.IMPORTER, header["importer_id"]), (Role.DECLARANT, header.get("declarant_id"))]
    named += [(Role.COURIER, header.get("courier_id")), *((Role.SELLER, seller) for seller in sellers)]
    return [Subject(role, party) for role, party in named if party is not None]
