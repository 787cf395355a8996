"""Learn from the lake: the trainer signs the bundle, MLflow keeps the run, monitoring its reference."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import cast

import numpy as np

from customs.evidence import EvaluationReport
from features.dataset import population
from features.history.history import History
from features.lake import Lake
from features.provenance import check_features
from features.recipe import FEATURES
from features.reference.kinds import KINDS
from features.reference.store import ReferenceStore
from features.reference.tables import KNOWN_NAMES
from lifecycle import keys, models
from lifecycle.code_version import code_version
from lifecycle.console import Report
from lifecycle.monitor import watched
from lifecycle.recall import day_after, recalled
from lifecycle.session import Session
from monitoring.reference import write_reference
from scoring.bundle import Bundle
from scoring.words import check_words
from training.choice import Chosen
from training.commission import Commission, Place
from training.errors import StudyError
from training.run_record import chosen_of
from training.settings import TrainingSettings
from training.tracking import Tracker
from training.train import TrainResult
from training.train import train as learn

REFERENCE_DAYS = 90
"""Days before the end of training that a bundle's reference covers."""


@dataclass(frozen=True)
class Trained:
    """A training run: its bundle, its run, its evaluation, and the day from which it was judged."""

    bundle_id: str
    run_id: str
    report: EvaluationReport
    page: Path
    test_from: str
    interrupted: bool


def train(
    session: Session,
    *,
    settings: TrainingSettings,
    now: datetime,
    progress: Report,
    until: date | None = None,
    study: str | None = None,
    resume: bool = False,
    from_run: str | None = None,
    key: str | None = None,
) -> Trained:
    """Learn from what was known before `until` (default: the day after the newest item).

    A champion is judged on the same items beside the new model; one that cannot be read any more cannot
    be, and card and report say so. Raises WordsError for a feature whose reason has no words, EmptyLakeError,
    NotEnoughDataError, StudyError, TrackingError, KeyFileError.
    """
    workspace = session.workspace
    signer = keys.signer(workspace, key, "trainer")
    check_words(feature.group for feature in FEATURES)
    check_features(FEATURES, KNOWN_NAMES)
    Tracker(workspace.mlruns)
    lake = Lake(workspace.lake)
    until = until or day_after(lake)
    history, store = recalled(session, lake, progress), ReferenceStore(workspace.tables)
    champion, other_champion = models.comparable(workspace)
    result = learn(
        lake,
        history,
        settings,
        Place(workspace.bundles, workspace.mlruns, workspace.reports),
        signer,
        commission=Commission(
            until=until,
            study=study or f"study-{now:%Y%m%d-%H%M%S}",
            resume=resume,
            fingerprint=lake.fingerprint(),
            tables={kind.name: store.extent(kind) for kind in KINDS},
            code_version=code_version(),
            now=now,
            clock=time.monotonic,
            champion=champion,
            other_champion=other_champion,
            chosen=_chosen(session, from_run) if from_run else None,
        ),
        progress=progress,
    )
    bundle = models.loaded(workspace, result.bundle.id)
    _keep_reference(session, lake, history, bundle, until)
    return _trained(result, bundle.card)


def _chosen(session: Session, run_id: str) -> Chosen:
    """The parameters of an earlier run."""
    run = Tracker(session.workspace.mlruns).run(run_id)
    if run is None:
        raise StudyError("no training run has that id", remedy="take the run that `tamiz train` named")
    return chosen_of(cast("Mapping[str, object]", run["parameters"]))


def _keep_reference(session: Session, lake: Lake, history: History, bundle: Bundle, until: date) -> None:
    """Keep what the bundle sees of the newest days: what later periods are compared with."""
    settings = session.monitoring
    held = population(
        lake,
        history,
        since=until - timedelta(days=REFERENCE_DAYS),
        until=until,
        sample=settings.sample_rows,
        rng=np.random.default_rng(settings.seed),
    )
    write_reference(
        session.workspace.references / f"{bundle.id}.parquet",
        watched(bundle, held),
        bundle.id,
        bundle.recipe.vocabularies,
        rows=settings.sample_rows,
        seed=settings.seed,
    )


def _trained(result: TrainResult, card: Mapping[str, dict[str, str]]) -> Trained:
    return Trained(
        bundle_id=result.bundle.id,
        run_id=result.run_id,
        report=result.report,
        page=result.page,
        test_from=card["evaluation_data"]["from"],
        interrupted=result.interrupted,
    )
