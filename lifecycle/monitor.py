"""A period against what the champion learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from customs.evidence import DriftReport
from features.dataset import Dataset, population
from features.lake import Lake
from lifecycle.console import Report
from lifecycle.models import loaded
from lifecycle.output import check_output
from lifecycle.recall import day_after, recalled
from lifecycle.session import Session
from monitoring.chunks import table
from monitoring.performance import Performance, performance
from monitoring.reference import read_reference
from monitoring.report import write_json
from scoring.bundle import Bundle
from scoring.scorer import Scorer

DAYS = 30
"""Length of a period where none is named."""


@dataclass(frozen=True)
class Seen:
    """What monitoring saw: drift, hit rates where outcomes are known, and where its page lies."""

    report: DriftReport
    performance: Performance | None
    html: Path


def monitor(
    session: Session, *, since: date | None, until: date | None, html: Path | None, progress: Report
) -> Seen:
    """Compare the items of [since, until) with the champion's reference; the page and its JSON are written.

    Raises NoModelError without a champion, ChunkError where there is too little to compare.
    """
    workspace = session.workspace
    if html:
        check_output(html, workspace)
    champion = loaded(workspace)
    lake = Lake(workspace.lake)
    end = until or day_after(lake)
    begin = since or end - timedelta(days=DAYS)
    held = population(
        lake,
        recalled(session, lake, progress),
        since=begin,
        until=end,
        sample=session.monitoring.sample_rows,
        rng=np.random.default_rng(session.monitoring.seed),
    )
    from monitoring.monitor import monitor as compare  # seconds to import, and training needs `watched` alone

    page = html or workspace.reports / f"drift-{begin}-{end}.html"
    report = compare(
        read_reference(workspace.references / f"{champion.id}.parquet", champion.id, champion.recipe.names),
        watched(champion, held),
        champion.recipe.vocabularies,
        session.monitoring,
        bundle_id=champion.id,
        since=begin,
        until=end,
        html=page,
        progress=progress,
    )
    found = _performance(held)
    write_json(page.with_suffix(".json"), report, found)
    return Seen(report, found, page)


def watched(scorer: Scorer | Bundle, held: Dataset) -> pl.DataFrame:
    """The features and predictions of items, by name: what a reference keeps and monitoring compares."""
    scores = scorer.score(held.columns, held.history)
    predictions = {
        "risk": scores.risk,
        "anomaly": scores.anomaly,
        "expected_revenue": scores.expected_revenue,
        "value_residual": np.log(_positive(held.columns["cif"]) / _positive(scores.value_mid)),
    }
    return table(scores.matrix, scorer.recipe.names, predictions)


def _positive(
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.where(values > 0, values, np.nan)


def _performance(held: Dataset) -> Performance | None:
    known = ~np.isnan(held.label)
    if not known.any():
        return None
    frame = pl.DataFrame(
        {
            "declaration_id": held.columns["declaration_id"][known].tolist(),
            "selection_reason": held.selection_reason[known].tolist(),
            "illicit": held.label[known],
            "p_physical": held.p_physical[known],
        }
    )
    return performance(frame)
