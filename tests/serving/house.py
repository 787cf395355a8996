"""An open engine with its workspace, and a caller of the application around it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from customs.lane import Lane
from ledger.decision_record import opened
from ledger.store import Stored
from scoring.bundle import Bundle
from selection.capacity import Place
from serving.answer import DecisionAnswer
from serving.engine import Engine
from serving.journal import Journal
from serving.metrics import Metrics
from tests.serving.caller import Caller
from tests.serving.desks import application
from tests.serving.places import DAY, TOKEN, bundle, profiles, promote, request, workspace


class House:
    """An open engine with its workspace, and a caller of the application around it."""

    def __init__(self, root: Path, *, model: bool = True, **settings: Any) -> None:
        self.wiring = workspace(root, **settings)
        if model:
            promote(self.wiring, bundle(self.wiring).id)
            profiles(self.wiring)
        self.log = io.StringIO()
        metrics = Metrics()
        self.engine = Engine(self.wiring, Journal(self.wiring.now, self.log), metrics)
        self.engine.open()
        app = application(self.engine, self.wiring.client_keys, self.log, metrics)
        self.caller = Caller(app, {"X-API-Key": TOKEN})

    def decide(self, sound: dict[str, Any], **headers: str) -> dict[str, Any]:
        answer = self.caller.post("/v1/decisions", sound, **headers)
        assert answer.status == 200, answer.body
        return dict(DecisionAnswer.model_validate_json(answer.body).model_dump(mode="json"))

    def stored(self, decision_id: str) -> Stored:
        assert self.engine._stores is not None
        stored = self.engine._stores.ledger.get(decision_id)
        assert stored is not None
        return stored

    def details(self, decision_id: str) -> dict[str, Any]:
        assert self.engine._stores is not None
        details = opened(self.engine._stores.vault, self.stored(decision_id).record).details
        assert details is not None
        return details

    def used(self, lane: Lane) -> int:
        assert self.engine._stores is not None
        header = request()["declaration"]
        return self.engine._stores.quota.used(Place(DAY, header["office_id"], lane))

    @property
    def count(self) -> int:
        assert self.engine._stores is not None
        return self.engine._stores.ledger.count()

    @property
    def champion(self) -> Bundle | None:
        return self.engine._bundle
