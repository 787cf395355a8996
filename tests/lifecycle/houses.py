"""A small workspace with everything in it: a lake, keys, a champion, its reference, a ledger."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from customs.evidence import Evaluation, EvaluationReport, Probe, SkillClaim, Text
from customs.figure import Figure
from features import recipe
from features.dataset import population
from features.history.history import History
from features.lake import Lake
from lifecycle import keys, models
from lifecycle.declaration_request import request_of
from lifecycle.monitor import watched
from lifecycle.recall import recalled
from lifecycle.session import Session
from lifecycle.wiring import service_wiring
from lifecycle.workspace import Workspace
from monitoring.reference import write_reference
from scoring.bundle import BundleParts, write
from scoring.golden import golden_rows
from scoring.scorer import Scorer
from serving.engine import Engine
from serving.journal import Journal
from serving.metrics import Metrics
from tests.lifecycle.terminal import tamiz
from tests.scoring.scorers import items, scorer
from tests.serving.caller import Caller
from tests.serving.desks import application
from training.evaluate import TO_CHAMPION, TO_CHAMPION_AT_CAPACITY
from training.probes import PROBES
from training.promotion import approve
from training.report import report_from_json, report_to_json
from training.settings import TrainingSettings
from training.strictness import examined_by

ZONE = ZoneInfo("America/Lima")
MADE = datetime(2025, 1, 1, tzinfo=UTC)
SERVED = 6


@dataclass(frozen=True)
class House:
    """The workspace, what it was made from, and what it answered."""

    root: Path
    world: Path
    bundle: str
    today: date
    decisions: tuple[str, ...]

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def session(self) -> Session:
        return Session(self.root)

    @property
    def lake(self) -> Lake:
        return Lake(self.workspace.lake)

    @property
    def history(self) -> History:
        return recalled(self.session, self.lake, silent)

    @property
    def before(self) -> Path:
        """The file of items from before today."""
        return self.world / "before.parquet"

    @property
    def outcomes(self) -> Path:
        return self.world / "outcomes.parquet"


def built(folder: Path) -> House:
    """Build the house by the command line where that is quick; the model is not trained on this world."""
    world, root = folder / "world", folder / "workspace"
    small = {"TAMIZ_SIMULATION_MONTHS": "6"}
    asked = ("simulate", "world", "-o", world, "--declarations", "600", "--seed", "5")
    assert tamiz(root, *asked, env=small).status == 0
    every = pl.read_parquet(world / "items.parquet").with_columns(
        pl.col("accepted_at").dt.convert_time_zone(ZONE.key).dt.date().alias("day")
    )
    today: date = every.select(pl.col("day").max()).item() - timedelta(2)
    every.filter(pl.col("day") < today).drop("day").write_parquet(world / "before.parquet")
    every.filter(pl.col("day") >= today, pl.col("version") == 1).drop("day").write_parquet(
        world / "today.parquet"
    )
    taken = tamiz(
        root,
        "ingest",
        world / "before.parquet",
        "--format",
        "canonical",
        "--outcomes",
        world / "outcomes.parquet",
    )
    assert taken.status == 0, taken.err
    for kind in ("market_prices", "companies", "watch_list"):
        table = world / "references" / f"{kind}.csv"
        assert tamiz(root, "sources", "add", table, "--kind", kind).status == 0
    for name in ("trainer", "approver"):
        assert tamiz(root, "keys", "create", name, "--role", name).status == 0
    api_key = tamiz(root, "keys", "create", "port", "--role", "clearance").out.strip()
    session = Session(root)
    bundle = candidate(session.workspace, report())
    promoted(session.workspace, bundle)
    with_reference(session, bundle, until=today)
    assert tamiz(root, "advance").status == 0
    return House(root, world, bundle, today, _served(session, world, today, api_key))


def report(bound: float = 1.5, *, champion: str | None = None) -> EvaluationReport:
    """Give an evaluation that the gate lets through, unless the bound is not above 1.

    `champion` is the one that it was judged beside, and found as good as.
    """
    figures = {
        "precision_at_5": Figure(0.4, 0.3, 0.5),
        "auc": Figure(float("nan"), float("nan"), float("nan")),
        "calibration_error": Figure(0.02, 0.01, 0.03),
        "interval_coverage": Figure(0.9, 0.88, 0.92),
    } | dict.fromkeys((TO_CHAMPION, TO_CHAMPION_AT_CAPACITY) if champion else (), Figure(1.0, 1.0, 1.0))
    evaluations = tuple(
        Evaluation(part, method, 10_000, 900, figures)
        for part in ("test", "novel")
        for method in ("model", "rules", "random", "lookup")
    )
    probes = tuple(Probe(name, passed=True, words=_both("as it should be")) for name in PROBES)
    skill = SkillClaim("average_precision", "rules", 2.0, bound)
    return EvaluationReport(
        evaluations,
        skill,
        (_both("words"),),
        champion,
        examined=examined_by(TrainingSettings()),
        probes=probes,
    )


def _both(words: str) -> Text:
    return {"es": words, "en": words}


def candidate(workspace: Workspace, evidence: EvaluationReport, **card: object) -> str:
    """Write a bundle of the tests' small scorer, with more on its card, signed; gives its id."""
    whole = scorer()
    golden = golden_rows(whole.recipe.matrix(*items()), np.random.default_rng(1))
    parts = BundleParts(
        whole, {"evaluation": report_to_json(evidence), **card}, "# A model of the tests", golden
    )
    return write(workspace.bundles, parts, keys.signer(workspace, None, "trainer"), created_at=MADE).id


def of_another_recipe(workspace: Workspace) -> str:
    """Promote a bundle that was made by the recipe of another release; gives its id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recipe, "VERSION", "0")
        bundle = candidate(workspace, report())
        promoted(workspace, bundle)
    return bundle


def promoted(workspace: Workspace, bundle: str) -> None:
    """Promote as `tamiz models promote` does, but for MLflow's registry."""
    held = models.loaded(workspace, bundle)
    approve(
        workspace.bundles,
        held,
        report_from_json(held.card["evaluation"]),
        key=keys.signer(workspace, None, "approver"),
        key_ring=keys.key_ring(workspace),
        settings=TrainingSettings(),
        now=MADE,
    )


def with_reference(session: Session, bundle: str, *, until: date, shift: float = 1.0) -> None:
    """Keep the items of 90 days as the reference; `shift` multiplies their risk."""
    lake = Lake(session.workspace.lake)
    rng = np.random.default_rng(1)
    held = population(
        lake,
        recalled(session, lake, silent),
        since=until - timedelta(90),
        until=until,
        sample=20_000,
        rng=rng,
    )
    frame = watched(_scorer(session, bundle), held).with_columns(pl.col("risk") * shift)
    path = session.workspace.references / f"{bundle}.parquet"
    write_reference(path, frame, bundle, scorer().recipe.vocabularies, rows=20_000, seed=1)


def silent(label: str, done: int, total: int) -> None:
    """Report nothing."""


def _scorer(session: Session, bundle: str) -> Scorer:
    return models.loaded(session.workspace, bundle).scorer


def _served(session: Session, world: Path, today: date, api_key: str) -> tuple[str, ...]:
    """Send the first declarations of today to the engine, and an outcome of the first item; gives the ids."""
    now = datetime.combine(today + timedelta(2), time(18), ZONE).astimezone(UTC)
    with service(session, now, api_key) as caller:
        requests = requests_of(world / "today.parquet")[:SERVED]
        answers = [caller.post("/v1/decisions", request) for request in requests]
        assert [answer.status for answer in answers] == [200] * SERVED, answers[0].body
        told = caller.post("/v1/outcomes", [outcome_of(requests[0], now)])
        assert told.status in {200, 201}, told.body
    return tuple(answer.json()["decision_id"] for answer in answers)


@contextmanager
def service(session: Session, now: datetime, api_key: str) -> Iterator[Caller]:
    """Give a caller of the service of a workspace, whose clock begins at `now`."""
    wiring = service_wiring(session, started_as=now).model_copy(update={"started_at": datetime.now(UTC)})
    log = io.StringIO()
    engine = Engine(wiring, Journal(wiring.now, log), Metrics())
    engine.open()
    try:
        yield Caller(application(engine, wiring.client_keys, log), {"X-API-Key": api_key})
    finally:
        engine.close()


def outcome_of(request: dict[str, Any], now: datetime, **other: Any) -> dict[str, Any]:
    """Give an outcome of the first item of a declaration: nothing was found."""
    return {
        "declaration_id": request["declaration"]["declaration_id"],
        "item_no": request["items"][0]["item_no"],
        "selection_reason": "officer",
        "lane": "red",
        "inspected_at": now.isoformat(),
        "result_at": now.isoformat(),
        "finding": "none",
        "illicit": 0,
        "additional_revenue": 0.0,
        **other,
    }


def like(request: dict[str, Any], number: int) -> dict[str, Any]:
    """Another declaration that says the same."""
    header = request["declaration"]
    name = {"declaration_id": f"{header['declaration_id']}-{number}"}
    return request | {"declaration": header | name}


def requests_of(file: Path) -> list[dict[str, Any]]:
    """Give a request for each declaration of a canonical file, and for each of its amendments."""
    groups = pl.read_parquet(file).group_by("declaration_id", "version", maintain_order=True)
    return [request_of(rows.sort("item_no")) for _, rows in groups]
