"""Score a file with the champion: file in, file out, nothing kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from customs.errors import InputError
from features.columns import Columns, from_frame, rows
from features.history import History
from features.intake import ingest
from features.lake import Lake
from lifecycle.console import Report
from lifecycle.models import loaded
from lifecycle.recall import recalled
from lifecycle.session import Session
from lifecycle.workspace import replace_text
from scoring.bundle import Bundle
from scoring.scorer import Scores
from scoring.words import LANGUAGES, render

_AT_ONCE = 50_000


@dataclass(frozen=True)
class Scored:
    """How many items were scored, and how many rows were refused on the way in."""

    items: int
    refused: int
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
    to them. Refused rows go to quarantine. Raises NoModelError without a champion.
    """
    champion = loaded(session.workspace)
    if output.suffix not in {".csv", ".parquet"}:
        raise InputError(f"{output.name} is neither .csv nor .parquet", remedy="give it such an ending")
    lake = Lake(session.workspace.lake)
    history = recalled(session, lake, progress)
    with TemporaryDirectory(prefix="tamiz-score-") as folder:
        taken = Lake(Path(folder) / "lake")
        report = ingest(
            [file],
            format=source,
            lake=taken,
            quarantine=session.workspace.create().quarantine,
            settings=session.intake,
            now=now,
            progress=progress,
        )
        parts = [_scored(champion, part, history, explain) for part in _parts(taken, progress)]
    if not parts:
        raise InputError(
            f"{file.name}: no row could be taken", remedy="see the quarantine, or check --format"
        )
    scores = pl.concat(parts)
    _write(scores, output)
    return Scored(scores.height, report.refused, champion.id)


def _parts(lake: Lake, progress: Report) -> Iterator[Columns]:
    """The newest version of each item, whole declarations at a time."""
    frame = (
        lake.items()
        .sort("version", descending=True)
        .unique(["declaration_id", "item_no"], keep="first", maintain_order=True)
        .sort("customs_date", "declaration_id", "item_no")
        .collect()
    )
    declaration = frame["declaration_id"].rle_id().to_numpy()
    start = 0
    while start < frame.height:
        stop = min(start + _AT_ONCE, frame.height)
        while stop < frame.height and declaration[stop] == declaration[stop - 1]:
            stop += 1
        progress("score", stop, frame.height)
        yield from_frame(frame[start:stop])
        start = stop


def _scored(bundle: Bundle, columns: Columns, history: History, explain: bool) -> pl.DataFrame:
    known = history.as_of(columns)
    scores = bundle.score(columns, known, contributions=explain)
    frame = pl.DataFrame(
        {
            "declaration_id": columns["declaration_id"].tolist(),
            "item_no": columns["item_no"],
            "risk": scores.risk,
            "anomaly": scores.anomaly,
            "expected_revenue": scores.expected_revenue,
            "value_low": scores.value_low,
            "value_mid": scores.value_mid,
            "value_high": scores.value_high,
        },
        nan_to_null=True,
    )
    if not explain:
        return frame
    return frame.with_columns(
        pl.Series("reasons", [_reasons(bundle, scores, columns, known, row) for row in range(rows(columns))])
    )


def _reasons(bundle: Bundle, scores: Scores, columns: Columns, known: Columns, row: int) -> str:
    reasons = bundle.explain(scores, columns, known, row)
    return json.dumps(
        [
            {
                "code": reason.code,
                "contribution": reason.contribution,
                **{language: render(reason, language) for language in LANGUAGES},
            }
            for reason in reasons
        ],
        ensure_ascii=False,
    )


def _write(scores: pl.DataFrame, output: Path) -> None:
    if output.suffix == ".csv":
        replace_text(output, scores.write_csv())
        return
    partial = output.with_name(f".{output.name}.partial")
    try:
        scores.write_parquet(partial)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)
