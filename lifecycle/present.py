"""What is measured of a model on the day it is to be promoted: budgets, drift, a run in the shadow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from customs.evidence import Comparison, DriftReport
from customs.figure import Figure
from features.dataset import Dataset, labelled, population
from features.history.history import History
from features.lake import Lake
from features.local_time import date_of, days_of
from lifecycle import keys
from lifecycle.console import Report
from lifecycle.monitor import DAYS, watched
from lifecycle.recall import EmptyLakeError, day_after, recalled
from lifecycle.session import Session
from monitoring.errors import ReferenceMissingError, ReferenceRefusedError
from monitoring.reference import read_reference
from scoring.bundle import Bundle
from scoring.footprint import footprint
from training.comparison import beside_champion, compared
from training.errors import NotEnoughDataError
from training.present import Present
from training.settings import TrainingSettings


def present(
    session: Session, bundle: Bundle, champion: Bundle | None, settings: TrainingSettings, progress: Report
) -> Present:
    """Give what the gate asks of today.

    Drift and shadow run look at the days since the bundle was judged; without such days, or a champion to
    stand beside, there is nothing to look at. A champion that its evaluation does not know is judged beside
    it now.
    """
    takes = Present(footprint(bundle.path, keys.key_ring(session.workspace)), comparable=champion is not None)
    since = judged_until(bundle)
    lake = Lake(session.workspace.lake)
    until = _end(lake)
    unknown = champion is not None and bundle.card["evaluation"]["champion"] != champion.id
    later = since is not None and until is not None and since < until
    if until is None or not (unknown or later):
        return takes
    history = recalled(session, lake, progress)
    if champion is not None and unknown:
        takes = replace(takes, beside=_beside(bundle, champion, lake, history, settings, until=until))
    if since is None or not later:
        return takes
    shadow = None
    if champion is not None and settings.gate_shadow_days:
        items = labelled_since(lake, history, since, until)
        shadow = _shadow(bundle, champion, items, settings, since=since, until=until)
    seen = replace(takes, shadow=shadow, shadow_days=(until - since).days)
    return (
        _with_drift(seen, session, bundle, history, since=since, until=until) if settings.gate_drift else seen
    )


def learnt_until(bundle: Bundle) -> date:
    """Give the first day that a bundle has not learnt from."""
    told = bundle.card.get("evaluation_data", {}).get("from")
    return date.fromisoformat(told) if told else date_of(0)


def judged_until(bundle: Bundle) -> date | None:
    """Give the day before which a bundle was judged; None where its card does not say."""
    told = bundle.card.get("evaluation_data", {}).get("until")
    return date.fromisoformat(told) if told else None


def labelled_since(lake: Lake, history: History, since: date, until: date) -> Dataset:
    """Give the items of [since, until) with the outcomes known before `until`."""
    known = labelled(lake, history, until=until)
    return known.take(known.columns["customs_date"] >= days_of(since))


def _end(lake: Lake) -> date | None:
    try:
        return day_after(lake)
    except EmptyLakeError:
        return None


def _beside(
    bundle: Bundle,
    champion: Bundle,
    lake: Lake,
    history: History,
    settings: TrainingSettings,
    *,
    until: date,
) -> Mapping[str, Figure] | None:
    """Give the bundle's figures beside the champion on what came after both had learnt; None for too few."""
    items = labelled_since(lake, history, max(learnt_until(bundle), learnt_until(champion)), until)
    try:
        figures = beside_champion(bundle.scorer, champion.scorer, items, settings)
    except NotEnoughDataError:
        return None
    return None if any(math.isnan(one.value) for one in figures.values()) else figures


def _shadow(
    bundle: Bundle, champion: Bundle, items: Dataset, settings: TrainingSettings, *, since: date, until: date
) -> Comparison | None:
    models = {bundle.id: bundle.scorer, champion.id: champion.scorer}
    try:
        return compared(models, items, settings, since=since.isoformat(), until=until.isoformat())[0]
    except NotEnoughDataError:
        return None


def _with_drift(
    seen: Present, session: Session, bundle: Bundle, history: History, *, since: date, until: date
) -> Present:
    """Add the drift of the inputs, or that what the bundle learnt from is not there to compare with."""
    try:
        return replace(seen, drift=_drift(session, bundle, history, since=since, until=until))
    except (ReferenceMissingError, ReferenceRefusedError):
        return replace(seen, reference=False)


def _drift(
    session: Session, bundle: Bundle, history: History, *, since: date, until: date
) -> DriftReport | None:
    """Compare what the bundle saw when it learnt with the newest days since; None where these are too few."""
    settings = session.monitoring
    begin = max(since, until - timedelta(days=DAYS))
    rng = np.random.default_rng(settings.seed)
    held = population(
        Lake(session.workspace.lake), history, since=begin, until=until, sample=settings.sample_rows, rng=rng
    )
    if len(held) < settings.least_rows:
        return None
    from monitoring.monitor import monitor  # seconds to import

    return monitor(
        read_reference(session.workspace.references / f"{bundle.id}.parquet", bundle.id, bundle.recipe.names),
        watched(bundle, held),
        bundle.recipe.vocabularies,
        settings,
        bundle_id=bundle.id,
        since=begin,
        until=until,
    )
