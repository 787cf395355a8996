"""Compare a period with the champion's reference: what moved, and whether somebody is called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from customs.evidence import ColumnDrift, DriftReport
from monitoring.atomic_file import write_text
from monitoring.bins import Binned, binned_category, binned_number, codes
from monitoring.chunks import Chunk, Vocabulary, chunk, comparable
from monitoring.drift import figures, stability
from monitoring.page import page
from monitoring.progress import Progress, silent
from monitoring.settings import MonitoringSettings
from monitoring.thresholds import Thresholds
from monitoring.verdict import Medians, verdict


def monitor(
    reference: pl.DataFrame,
    current: pl.DataFrame,
    vocabulary: Vocabulary,
    settings: MonitoringSettings,
    *,
    bundle_id: str,
    since: date | str,
    until: date | str,
    html: Path | None = None,
    progress: Progress = silent,
) -> DriftReport:
    """Give the drift of a period's items against the reference, column by column, and the verdict.

    The frames hold recipe features and predictions by name (see `chunks.table`); `vocabulary` names the
    categorical ones. Each is sampled down with the seed of the settings. `html` is where the page is
    written, whole or not at all. Raises ChunkError where the two cannot be compared.
    """
    before, now = (
        chunk(frame, vocabulary, rows=settings.sample_rows, seed=settings.seed)
        for frame in (reference, current)
    )
    names = comparable(before, now, least=settings.least_rows)
    thresholds = Thresholds(settings, len(names), before.frame.height, now.frame.height)
    binned = {name: _binned(before, now, name, vocabulary, settings) for name in names}
    scores = stability(binned, progress)
    columns = (
        *_drifts(scores, binned, thresholds),
        *_missing(before, now, names, thresholds),
        *_unseen(before, now, vocabulary, thresholds),
    )
    said = verdict(columns, _medians(before, now, settings), settings)
    report = DriftReport(
        bundle_id, str(since), str(until), before.items, now.items, columns, said.alert, said.words
    )
    if html is not None:
        progress("page", 0, 1)
        write_text(html, page(report, _drawn(scores, binned, thresholds, settings.figures)))
        progress("page", 1, 1)
    return report


def _binned(
    before: Chunk, now: Chunk, name: str, vocabulary: Vocabulary, settings: MonitoringSettings
) -> Binned:
    if name in vocabulary:
        return binned_category(before.frame[name], now.frame[name], vocabulary[name])
    return binned_number(before.frame[name], now.frame[name], settings.bins)


def _drifts(
    scores: Mapping[str, float], binned: Mapping[str, Binned], thresholds: Thresholds
) -> list[ColumnDrift]:
    allowed = {name: thresholds.psi(binned[name].bins) for name in scores}
    return [
        ColumnDrift(name, "psi", score, allowed[name], score >= allowed[name])
        for name, score in scores.items()
    ]


def _missing(before: Chunk, now: Chunk, names: tuple[str, ...], thresholds: Thresholds) -> list[ColumnDrift]:
    drifts = []
    for name in names:
        then, today = (held.frame[name].null_count() / held.frame.height for held in (before, now))
        drifts.append(_rise(name, "missing", then, today, thresholds.missing(then, today)))
    return drifts


def _unseen(before: Chunk, now: Chunk, vocabulary: Vocabulary, thresholds: Thresholds) -> list[ColumnDrift]:
    drifts = []
    for name, words in vocabulary.items():
        if name in before.frame.columns:
            then, today = (float((codes(held.frame[name], words) == 0).mean()) for held in (before, now))
            drifts.append(_rise(name, "unseen", then, today, thresholds.unseen(then, today)))
    return drifts


def _rise(name: str, measure: str, then: float, today: float, allowed: float) -> ColumnDrift:
    return ColumnDrift(name, measure, today - then, allowed, today - then > allowed)


def _medians(before: Chunk, now: Chunk, settings: MonitoringSettings) -> Medians:
    medians = {}
    for name in settings.crucial:
        if name in before.frame.columns:
            then, today = (held.frame[name].cast(pl.Float64).median() for held in (before, now))
            if isinstance(then, float) and isinstance(today, float):
                medians[name] = (then, today)
    return medians


def _drawn(
    scores: Mapping[str, float], binned: Mapping[str, Binned], thresholds: Thresholds, most: int
) -> str:
    """Give the drawings of the columns that moved most, measured by what each may."""
    allowed = {name: thresholds.psi(binned[name].bins) for name in scores}
    chosen = sorted(scores, key=lambda name: -scores[name] / allowed[name])[:most]
    return figures({name: binned[name] for name in chosen}, allowed) if chosen else ""
