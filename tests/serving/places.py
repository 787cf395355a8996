"""Workspaces for the tests of serving: keys, bundles, snapshots, and requests that fit them."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from customs.evidence import Promotion
from features.profile_store import publish
from features.snapshot import Snapshot
from scoring.approval import signed
from scoring.bundle import BundleParts, BundleRef, write
from scoring.golden import golden_rows
from scoring.scorer import Scorer
from scoring.signature import RegisteredKey
from scoring.signing_key import SigningKey
from serving.wiring import ServiceWiring
from tests.scoring.scorers import items, scorer

TOKEN, OFFICER_TOKEN, OLD_TOKEN = "clearance-token", "officer-token", "expired-token"
MONITOR_TOKEN, PORT_TOKEN = "monitor-token", "port-token"
TRAINER, APPROVER = SigningKey.create(), SigningKey.create()
DAY = date(2024, 5, 7)
START = datetime(2024, 5, 7, 14, 0, tzinfo=UTC)


def workspace(root: Path, **settings: Any) -> ServiceWiring:
    """Make the keys of a workspace and give its wiring, with a clock that starts on DAY."""
    wiring = ServiceWiring.of_workspace(root, started_as=START, started_at=datetime.now(UTC), **settings)
    wiring.client_keys.parent.mkdir(parents=True, exist_ok=True)
    past = "2024-01-01T00:00:00+00:00"
    clients = [
        _client("sunat", "clearance", TOKEN),
        _client("port", "clearance", PORT_TOKEN),
        _client("page", "officer", OFFICER_TOKEN),
        _client("watch", "monitor", MONITOR_TOKEN),
        _client("old", "clearance", OLD_TOKEN) | {"expires_at": past},
    ]
    wiring.client_keys.write_text(json.dumps(clients))
    register(wiring)
    return wiring


def register(wiring: ServiceWiring, *, trainer_revoked: bool = False) -> None:
    """Write the registry of signing keys."""
    revoked = "2024-05-07T00:00:00+00:00" if trainer_revoked else None
    keys = [
        RegisteredKey("trainer", "trainer", TRAINER.public_key, revoked),
        RegisteredKey("approver", "approver", APPROVER.public_key),
    ]
    wiring.registered_keys.write_text(json.dumps([key.to_json() for key in keys]))


def bundle(wiring: ServiceWiring, name: str = "one", *, whole: Scorer | None = None) -> BundleRef:
    """Write a signed bundle; another name, another bundle."""
    whole = whole or scorer()
    matrix = whole.recipe.matrix(*items())
    parts = BundleParts(whole, {"name": name}, f"# {name}", golden_rows(matrix, np.random.default_rng(1)))
    wiring.bundles.mkdir(parents=True, exist_ok=True)
    return write(wiring.bundles, parts, TRAINER, created_at=START)


def promote(wiring: ServiceWiring, bundle_id: str, *, key: SigningKey = APPROVER) -> None:
    """Point to a bundle, approved with a key, as `training.promotion` does."""
    promotion = signed(
        Promotion(bundle_id, None, "approver", START.isoformat(), True, ({"en": "skill"},), ""), key
    )
    draft = wiring.bundles / ".champion.new"
    draft.write_text(json.dumps({**asdict(promotion), "path": bundle_id}))
    draft.replace(wiring.champion)


def profiles(wiring: ServiceWiring, day: date = DAY) -> None:
    """Publish a snapshot in which nobody was ever seen."""
    publish(wiring.snapshots, Snapshot(day, {}))


def outcome(declaration_id: str, **fields: Any) -> dict[str, Any]:
    """Give an outcome of the first item of a declaration that an officer chose: nothing was found."""
    return {
        "declaration_id": declaration_id,
        "item_no": 1,
        "selection_reason": "officer",
        "result_at": "2024-05-07T08:00:00-05:00",
        "finding": "none",
        "illicit": 0,
        **fields,
    }


def request(declaration_id: str = "D-1", *, items: int = 1, **header: Any) -> dict[str, Any]:
    """Give a sound request."""
    item = {
        "seller_id": "S1",
        "origin_country": "CN",
        "departure_country": "CN",
        "hs_code": "640399",
        "quantity": 10.0,
        "unit": "PR",
        "gross_kg": 110.0,
        "net_kg": 100.0,
        "freight": 10.0,
        "cif": 250.0,
        "tax_rate_pct": 40.0,
    }
    return {
        "declaration": {
            "declaration_id": declaration_id,
            "accepted_at": "2024-05-07T08:00:00-05:00",
            "office_id": "1",
            "importer_id": "I-secret-7",
            "declarant_id": "B1",
            **header,
        },
        "items": [{**deepcopy(item), "item_no": number + 1} for number in range(items)],
    }


def _client(name: str, role: str, token: str) -> dict[str, Any]:
    return {
        "name": name,
        "role": role,
        "sha256": hashlib.sha256(token.encode()).hexdigest(),
        "created_at": "2024-01-01T00:00:00+00:00",
        "expires_at": None,
        "revoked_at": None,
    }
