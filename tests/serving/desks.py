"""A desk that answers from memory, and the whole application around a desk."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from features.settings import IntakeSettings
from serving.answer import CancellationReason, Champion, State
from serving.app import Application
from serving.client_keys import ClientKeys
from serving.desk import Desk, Reply
from serving.guard import Guard, Protection
from serving.journal import Journal
from serving.metrics import Metrics
from serving.settings import ServingSettings
from serving.standing import Standing


class MemoryDesk:
    """Decides green on everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Mapping[str, Any]] = []

    async def decide(self, body: bytes, request: Mapping[str, Any], client: str, key: str | None) -> Reply:
        self.asked.append(request)
        if request["declaration"]["declaration_id"] == "explode":
            raise RuntimeError("importer I-secret-7 made it explode")
        return Reply("d1", "green", "", b'{"decision_id":"d1"}')

    async def try_out(self, body: bytes, request: Mapping[str, Any], client: str) -> bytes:
        return b'{"dry_run":true}'

    async def cancel(self, decision_id: str, reason: CancellationReason, client: str) -> bytes | None:
        return b'{"decision_id":"d1"}' if decision_id == "d1" else None

    async def record_outcomes(self, outcomes: Sequence[Mapping[str, Any]], client: str) -> bytes:
        return b'{"outcomes":[]}'

    async def reply(self, decision_id: str) -> Reply | None:
        return Reply("d1", "green", "", b"{}") if decision_id == "d1" else None

    async def headings(self, decision_id: str) -> bytes | None:
        return None

    async def explanation(self, decision_id: str, *, language: str, trader: bool) -> bytes | None:
        return None

    async def state(self) -> State:
        return State(
            status="not ready",
            ledger="away",
            rules=None,
            model=None,
            model_refused=None,
            profiles_as_of=None,
            profiles_refused=None,
        )

    async def standing(self) -> Standing:
        return Standing(None, writable=False, profile_days=None, quota=())

    def champion(self) -> Champion | None:
        return None


def application(
    desk: Desk, keys: Path, log: io.StringIO, metrics: Metrics | None = None, **settings: Any
) -> Starlette:
    """Give what BentoML serves, without BentoML."""
    limits = ServingSettings(**settings)
    journal = Journal(_now, log)
    metrics = metrics or Metrics()
    protection = Protection(limits, ClientKeys(keys), _now, journal, metrics)
    routes = [Mount("/v1", Application(desk, limits, IntakeSettings(), journal, metrics))]
    return Starlette(routes=routes, middleware=[Middleware(Guard, protection=protection)])


def _now() -> datetime:
    return datetime.now(UTC)
