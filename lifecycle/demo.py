"""The whole life of a risk model on a simulated world, from the first file to the watch for drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from customs.errors import RefusedError
from customs.evidence import Text
from features.dataset import population
from features.intake import ingest
from features.lake import Lake
from features.reference.intake import silent
from lifecycle import audit, keys, models, sources
from lifecycle.advance import advance
from lifecycle.against_truth import Against, against_truth, part_of_truth
from lifecycle.console import Report
from lifecycle.declaration_request import request_of
from lifecycle.monitor import Seen, monitor
from lifecycle.promote import promote
from lifecycle.recall import recalled
from lifecycle.session import Session
from lifecycle.train import Trained, train
from lifecycle.wiring import service_wiring
from serving.client import Client
from serving.run import start
from simulation.world import World, simulate

TRIALS = 8
SHARE = 0.05
TRAINER, APPROVER = "trainer", "approver"


@dataclass(frozen=True)
class Shown:
    """What the demonstration ends with.

    `grounds` are those on which the gate let the model through. `refused` holds its refusal where it did not;
    the service then decides by rules and random draws, and `against` is empty.
    """

    items: int
    today: date
    trained: Trained
    refused: str | None
    grounds: tuple[Text, ...]
    answers: tuple[dict[str, Any], ...]
    outcomes: int
    found: int
    against: tuple[Against, ...]
    judged_items: int
    judged_from: date
    picture: Path | None
    seen: Seen | None
    replayed: audit.Replayed
    allowed: int


def demo(session: Session, progress: Report) -> Shown:
    """Live through it: simulate, ingest, train, promote, serve, decide, hear what was found, watch.

    It works in the session's workspace and can be run again: what is there already is not added twice.
    """
    world = simulate(session.simulation, progress)
    world.write(session.workspace.create().root / "world")
    today = _last_day(world, session)
    items = _ingest(session, world, today, progress)
    _add_tables(session, progress)
    advance(session, to=today, now=_morning(today, session), progress=progress)
    _create_keys(session)
    trained = _train(session, today, progress)
    if trained.interrupted:
        raise KeyboardInterrupt  # whoever stops a study in a demonstration wants to stop all of it
    refused = _promote(session, trained, progress)
    champion = models.champion(session.workspace)
    answers, outcomes = _serve_the_day(session, world, today, progress)
    advance(session, to=today + timedelta(days=1), now=_evening(today, session), progress=progress)
    since = date.fromisoformat(trained.test_from)
    judged = None if refused else _judge(session, world, since, today, progress)
    return Shown(
        items=items,
        today=today,
        trained=trained,
        refused=refused,
        grounds=champion.grounds if champion else (),
        answers=answers,
        outcomes=len(outcomes),
        found=sum(outcome["illicit"] for outcome in outcomes),
        against=judged.against if judged else (),
        judged_items=judged.items if judged else 0,
        judged_from=since,
        picture=judged.picture if judged else None,
        seen=None if refused else monitor(session, since=None, until=None, html=None, progress=progress),
        replayed=audit.replay(session, told(answers)["decision_id"]),
        allowed=_allowed(session, len(answers)),
    )


def told(answers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The decision worth telling: the one selected by the model whose item is riskiest, else the first."""
    selected = [answer for answer in answers if answer["selection"]["reason"] == "model"]
    return max(selected or answers, key=lambda answer: max(item["risk"] or 0.0 for item in answer["items"]))


def _last_day(world: World, session: Session) -> date:
    newest: Any = _days(world.items, session).max()
    return date.fromisoformat(newest.isoformat())


def _days(items: pl.DataFrame, session: Session) -> pl.Series:
    return items["accepted_at"].dt.convert_time_zone(session.intake.time_zone).dt.date()


def _ingest(session: Session, world: World, today: date, progress: Report) -> int:
    """Take in what was known this morning: everything before today."""
    workspace, morning = session.workspace, _morning(today, session)
    folder = workspace.root / "world"
    before = world.items.filter((_days(world.items, session) < today) & (pl.col("known_at") < morning))
    before.write_parquet(folder / "until_today.parquet")
    known = world.outcomes.filter(pl.col("known_at").fill_null(pl.col("result_at")) < morning)
    known.write_parquet(folder / "outcomes_until_today.parquet")
    with workspace.writing():
        ingest(
            [folder / "until_today.parquet"],
            format="canonical",
            lake=Lake(workspace.lake),
            quarantine=workspace.quarantine,
            settings=session.intake,
            now=morning,
            outcomes=folder / "outcomes_until_today.parquet",
            progress=progress,
        )
    return before.height


def _add_tables(session: Session, progress: Report) -> None:
    """Add the world's reference tables whole: what became known later is seen later."""
    files = sorted((session.workspace.root / "world" / "references").glob("*.csv"))
    with session.workspace.writing():
        for done, file in enumerate(files, 1):
            sources.add_file(
                session,
                file,
                file.stem,
                source=None,
                licence=None,
                retrieved_at=None,
                mapping={},
                progress=silent,
            )
            progress("reference tables", done, len(files))


def _create_keys(session: Session) -> None:
    known = {key.name for key in keys.registered(session.workspace)}
    for name in (TRAINER, APPROVER):
        if name not in known:
            keys.create(session.workspace, name, name, now=datetime.now(UTC))


def _train(session: Session, today: date, progress: Report) -> Trained:
    return train(
        session,
        settings=session.training.model_copy(update={"trials": TRIALS}),
        until=today,
        key=TRAINER,
        now=datetime.now(UTC),
        progress=progress,
    )


def _promote(session: Session, trained: Trained, progress: Report) -> str | None:
    """Promote with the approver's key; the gate's grounds where it refuses."""
    champion = models.champion(session.workspace)
    if champion and champion.bundle_id == trained.bundle_id:
        return None
    try:
        promote(session, trained.bundle_id, APPROVER, now=datetime.now(UTC), progress=progress)
    except RefusedError as refused:
        return str(refused)
    return None


def _serve_the_day(
    session: Session, world: World, today: date, progress: Report
) -> tuple[tuple[dict[str, Any], ...], list[dict[str, Any]]]:
    """Start the service, send the day's declarations, report what their inspections found."""
    requests = _requests(session, world, today)
    wiring = service_wiring(session, started_as=_evening(today, session))
    log = session.workspace.reports / "service.log"
    api_key = _client(session)
    answers = []
    with start(wiring, log=log, progress=progress) as running, Client(running.url, api_key) as client:
        for number, request in enumerate(requests, 1):
            answers.append(client.decide(request).model_dump(mode="json"))
            progress("declarations over HTTP", number, len(requests))
        outcomes = _inspected(answers, world.truth, _evening(today, session))
        if outcomes:
            client.report(outcomes)
        progress("outcomes over HTTP", len(outcomes), len(outcomes))
    return tuple(answers), outcomes


def _requests(session: Session, world: World, today: date) -> list[dict[str, Any]]:
    days = _days(world.items, session)
    of_today = world.items.filter((days == today) & (world.items["version"] == 1)).sort(
        "accepted_at", "item_no"
    )
    return [request_of(rows) for _, rows in of_today.group_by("declaration_id", maintain_order=True)]


def _client(session: Session) -> str:
    """A new API key for this run."""
    number = len(keys.clients(session.workspace)) + 1
    created = keys.create(session.workspace, f"demo-{number}", "clearance", now=datetime.now(UTC))
    return str(created.api_key)


def _inspected(answers: Sequence[dict[str, Any]], truth: pl.DataFrame, at: datetime) -> list[dict[str, Any]]:
    """What inspectors find in the items of the declarations that were selected."""
    selected = {answer["declaration_id"]: answer for answer in answers if answer["lane"] != "green"}
    rows = truth.filter(pl.col("declaration_id").is_in(list(selected)))
    outcomes = []
    for row in rows.iter_rows(named=True):
        answer = selected[row["declaration_id"]]
        found = bool(row["found_if_inspected"])
        outcomes.append(
            {
                "declaration_id": row["declaration_id"],
                "item_no": row["item_no"],
                "lane": answer["lane"],
                "selection_reason": answer["selection"]["reason"],
                "p_document": answer["selection"]["p_document"],
                "p_physical": answer["selection"]["p_physical"],
                "inspected_at": at.isoformat(),
                "result_at": at.isoformat(),
                "finding": row["finding"] if found else "none",
                "illicit": int(found),
                "additional_revenue": row["additional_revenue"] if found else 0.0,
            }
        )
    return outcomes


@dataclass(frozen=True)
class _Judged:
    """The figures of each method against the truth, on how many items, and where the picture lies."""

    against: tuple[Against, ...]
    items: int
    picture: Path


def _judge(session: Session, world: World, since: date, today: date, progress: Report) -> _Judged:
    """The champion on every item of the months it never learnt from, inspected or not, against the truth."""
    from training.figures import precision_curve

    lake = Lake(session.workspace.lake)
    rng = np.random.default_rng(session.simulation.seed)
    held = population(
        lake, recalled(session, lake, progress), since=since, until=today, sample=10**9, rng=rng
    )
    scores = models.loaded(session.workspace).score(held.columns, held.history)
    part = part_of_truth(held, scores, world.truth)
    picture = session.workspace.reports / "against-truth.png"
    picture.write_bytes(precision_curve(part))
    return _Judged(against_truth(part, share=SHARE, rng=rng), len(held), picture)


def _allowed(session: Session, declarations: int) -> int:
    """How many declarations of the day the model's capacity is good for."""
    shares = session.selection.shares
    return round((shares.red + shares.orange) * declarations)


def _morning(day: date, session: Session) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(session.intake.time_zone)).astimezone(UTC)


def _evening(day: date, session: Session) -> datetime:
    return datetime.combine(day, time(18), ZoneInfo(session.intake.time_zone)).astimezone(UTC)
