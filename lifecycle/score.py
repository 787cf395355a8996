"""Score a file with the champion: file in, file out, nothing kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from customs.outcome import Finding
from customs.reason import Reason
from features.columns import Columns, rows
from features.history.history import History
from features.lake import Lake
from lifecycle.console import Report
from lifecycle.file_to_table import file_to_table
from lifecycle.models import loaded
from lifecycle.output import check_output
from lifecycle.recall import recalled
from lifecycle.session import Session
from lifecycle.table_file import check_ending
from scoring.bundle import Bundle
from scoring.words import LANGUAGES, render

_FIGURES = ("risk", "anomaly", "expected_revenue", "value_low", "value_mid", "value_high")
_SCHEMA = pl.Schema(
    {"declaration_id": pl.String(), "item_no": pl.Int64(), **dict.fromkeys(_FIGURES, pl.Float64())}
)
_REASONS = pl.Schema({"reasons": pl.String(), "unusual": pl.String()})
"""Why the risk is what it is, and which columns make the item stand alone; JSON."""
_KINDS = pl.Schema({f"risk_{kind}": pl.Float64() for kind in Finding if kind is not Finding.NONE})
"""Probabilities of the kinds of finding, adding up to the risk; empty where the model knows no such kind."""


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
    to them. Refused rows go to quarantine. Beside those histories, memory holds a month's keys and some items
    at a time, however many the file has. Raises NoModelError without a champion.
    """
    check_ending(output)
    check_output(output, session.workspace, [file, Path(source)])
    champion = loaded(session.workspace)
    history = recalled(session, Lake(session.workspace.lake), progress)
    passed = file_to_table(
        session,
        file,
        source=source,
        output=output,
        schema=pl.Schema({**_SCHEMA, **(_REASONS if explain else {}), **_KINDS}),
        maker=lambda _: lambda part: _scored(champion, part, history, explain),
        label="score",
        now=now,
        progress=progress,
    )
    return Scored(passed.items, passed.refused, champion.id)


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
        explained = (
            bundle.explain(scores, columns, known, row, sources=history.tables.sources)
            for row in range(rows(columns))
        )
        unusual = (
            bundle.scorer.unusual(scores, columns, known, row, sources=history.tables.sources)
            for row in range(rows(columns))
        )
        frame = frame.with_columns(
            pl.Series("reasons", [_json(reasons) for reasons in explained]),
            pl.Series("unusual", [_json(reasons) for reasons in unusual]),
        )
    kinds = {f"risk_{kind}": values for kind, values in scores.kinds.items()}
    return frame.with_columns(
        pl.Series(name, kinds[name], dtype) if name in kinds else pl.lit(None, dtype).alias(name)
        for name, dtype in _KINDS.items()
    )


def _json(reasons: Sequence[Reason]) -> str:
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
