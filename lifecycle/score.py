"""Score a file with the champion: file in, file out; the workspace keeps but the rows that were refused."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import polars as pl

from customs.outcome import Finding
from customs.reason import Reason
from features.columns import Columns, Values, rows, take
from features.history.history import History
from features.lake import Lake
from features.reference.source import Sources
from features.refused import Refused
from features.schedule import Scheduler, scheduler_of
from ledger.json_bytes import json_bytes, spelled
from lifecycle.console import Report
from lifecycle.file_to_table import Make, Maker, Shared, file_to_table
from lifecycle.models import loaded
from lifecycle.output import check_output
from lifecycle.recall import recalled
from lifecycle.session import Session
from lifecycle.table_file import check_ending
from scoring.bundle import Bundle
from scoring.row import rows_of
from scoring.scorer import Scorer, Scores
from scoring.words import sentences

_FIGURES = ("risk", "anomaly", "expected_revenue", "value_low", "value_mid", "value_high")
_SCHEMA = pl.Schema(
    {"declaration_id": pl.String(), "item_no": pl.Int64(), **dict.fromkeys(_FIGURES, pl.Float64())}
)
_REASONS = pl.Schema({"reasons": pl.String(), "unusual": pl.String()})
"""Why the risk is what it is, and which columns make the item stand alone; JSON."""
SHARED = 50_000
"""Items of a file from which on it is worth to start processes that share it."""

_EXPLAINED = 4_000
"""Rows that are explained together: plain numbers take many times the memory of arrays."""
_KINDS = pl.Schema({f"risk_{kind}": pl.Float64() for kind in Finding if kind is not Finding.NONE})
"""Probabilities of the kinds of finding, adding up to the risk; empty where the model knows no such kind."""


@dataclass(frozen=True)
class Scored:
    """How many items were scored, what was refused on the way in, and by which bundle."""

    items: int
    refused: Refused
    bundle: str


def score(
    session: Session,
    file: Path,
    *,
    source: str,
    output: Path,
    explain: bool,
    now: datetime,
    progress: Report,
) -> Scored:
    """Write the scores of a file's items to `output` (CSV, or Parquet by its ending), one row an item.

    Histories are those of the workspace's lake as of each item's customs_date; the file itself adds nothing
    to them. Refused rows go to quarantine. Beside those histories, memory holds a month's keys and some items
    at a time, however many the file has. The processors of this machine share the months of a file of
    `SHARED` items or more; with a `scheduler` in the settings of the histories its workers do, of any file.
    Raises NoModelError without a champion, SchedulerError where no Dask scheduler answers.
    """
    check_ending(output)
    check_output(output, session.workspace, [file, Path(source)])
    champion = loaded(session.workspace)
    asked = session.history.scheduler
    with scheduler_of(asked or "pool") as scheduler:
        elsewhere = partial(scoring_elsewhere, session.there(), champion.id, explain)
        passed = file_to_table(
            session,
            file,
            source=source,
            output=output,
            schema=pl.Schema({**_SCHEMA, **(_REASONS if explain else {}), **_KINDS}),
            maker=lambda _: _scoring(session, champion, explain, progress),
            label="score",
            now=now,
            progress=progress,
            shared=_shared(scheduler, elsewhere, asked),
        )
    return Scored(passed.items, passed.refused, champion.id)


def _shared(scheduler: Scheduler, maker: Maker, asked: str) -> Shared | None:
    """Who shares the work: those that the settings ask for, else the processors that this process may use."""
    if scheduler.workers < 2 or not (asked or len(os.sched_getaffinity(0)) > 1):
        return None
    return Shared(scheduler, maker, 0 if asked else SHARED)


def scoring_elsewhere(session: Session, bundle: str, explain: bool, _: Lake) -> Make:
    """Give what scores some items at a time, in a process that sees the workspace."""
    return _scoring(session, loaded(session.workspace, bundle), explain, lambda *_: None)


def _scoring(session: Session, bundle: Bundle, explain: bool, progress: Report) -> Make:
    history = recalled(session, Lake(session.workspace.lake), progress)
    return lambda part: _scored(bundle, part, history, explain)


def _scored(bundle: Bundle, columns: Columns, history: History, explain: bool) -> pl.DataFrame:
    known = history.as_of(columns)
    scores = bundle.score(columns, known, contributions=explain)
    frame = pl.DataFrame(
        {
            "declaration_id": columns["declaration_id"].tolist(),
            "item_no": columns["item_no"],
            **{name: getattr(scores, name) for name in _FIGURES},
        },
        schema=_SCHEMA,
        nan_to_null=True,
    )
    if explain:
        frame = frame.with_columns(_reasons(bundle.scorer, scores, columns, known, history.tables.sources))
    kinds = {f"risk_{kind}": values for kind, values in scores.kinds.items()}
    return frame.with_columns(
        pl.Series(name, kinds[name], dtype) if name in kinds else pl.lit(None, dtype).alias(name)
        for name, dtype in _KINDS.items()
    )


def _reasons(
    scorer: Scorer, scores: Scores, columns: Columns, known: Values, sources: Sources
) -> list[pl.Series]:
    """Why the risk of each row is what it is, and what makes it stand alone, as JSON."""
    found: tuple[list[str], list[str]] = ([], [])
    for start in range(0, rows(columns), _EXPLAINED):
        part = slice(start, start + _EXPLAINED)
        items = rows_of(take(columns, part), take(known, part), sources)
        asked = scores.contributions[part] if scores.contributions is not None else None
        explained = scorer.explain_all(replace(scores, contributions=asked), items)
        for place, each in enumerate((explained, scorer.unusual_all(scores.matrix[part], items))):
            found[place].extend(map(_json, each))
    return [pl.Series(name, texts) for name, texts in zip(_REASONS, found, strict=True)]


def _json(reasons: Sequence[Reason]) -> str:
    told = (
        {"code": reason.code, "contribution": spelled(reason.contribution), **sentences(reason)}
        for reason in reasons
    )
    return json_bytes([*told]).decode()
