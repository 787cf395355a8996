"""What the application needs behind it: someone who decides, takes down outcomes and knows the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from serving.answer import CancellationReason, Champion, State
from serving.standing import Standing


@dataclass(frozen=True)
class Reply:
    """A recorded decision as it leaves: the bytes, and what the log may know of them."""

    decision_id: str
    lane: str
    degraded: str
    body: bytes


class Desk(Protocol):
    """Decides and records. Methods may raise Problem; nothing is answered that is not recorded."""

    async def decide(self, body: bytes, request: Mapping[str, Any], client: str, key: str | None) -> Reply:
        """Give the decision on a checked request; the same again for the same client, key and request."""

    async def try_out(self, body: bytes, request: Mapping[str, Any], client: str) -> bytes:
        """Give what would be decided on a checked request now; nothing is recorded and no quota used."""

    async def cancel(self, decision_id: str, reason: CancellationReason, client: str) -> bytes | None:
        """Cancel a decision and give the answer, or None without the decision; the same again."""

    async def record_outcomes(self, outcomes: Sequence[Mapping[str, Any]], client: str) -> bytes:
        """Take outcomes down and give the answer; the same again for the same outcomes."""

    async def reply(self, decision_id: str) -> Reply | None:
        """Give what was answered under this id, or None."""

    async def headings(self, decision_id: str) -> bytes | None:
        """Give the other headings that the items of a decision may be of, or None without the decision."""

    async def explanation(self, decision_id: str, *, language: str, trader: bool) -> bytes | None:
        """Give why a decision was made, for an officer or for its trader, or None without the decision."""

    async def state(self) -> State:
        """Give what is at work and what is missing."""

    async def standing(self) -> Standing:
        """Give how the service stands, in figures."""

    def champion(self) -> Champion | None:
        """Give the bundle at work, or None."""


class OpenDesk(Desk, Protocol):
    """A desk whose stores a server process opens before the first request, and closes after the last."""

    def open(self) -> None:
        """Open what there is; what is away is looked for again."""

    def close(self) -> None:
        """Finish what is at work and close everything."""
