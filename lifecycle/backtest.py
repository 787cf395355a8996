"""A backtest of files: learn from the train part, score the test part, touch nothing of the workspace."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from customs.errors import InputError
from customs.evidence import EvaluationReport
from features.intake import ingest
from features.lake import Lake
from features.refused import Refused
from lifecycle.console import Report
from lifecycle.recall import tables_of
from lifecycle.session import Session
from lifecycle.workspace import replace_text
from training.backtest import backtest as look_back
from training.choice import Studies
from training.periods import Periods
from training.settings import TrainingSettings


@dataclass(frozen=True)
class Files:
    """The parts of a backtest: files of one format, and outcomes given apart (canonical)."""

    train: Sequence[Path]
    test: Sequence[Path]
    valid: Sequence[Path] = ()
    outcomes: Path | None = None

    def every(self) -> tuple[Path, ...]:
        """All files of all parts."""
        return (*self.train, *self.test, *self.valid, *([self.outcomes] if self.outcomes else []))


@dataclass(frozen=True)
class Backtested:
    """Scores of the test items, figures where the test part has labels, and what was refused.

    `renamed` counts the declarations that bear the number of another one in an earlier part.
    """

    scores: pl.DataFrame
    report: EvaluationReport | None
    refused: Refused
    renamed: int


def backtest(
    session: Session,
    files: Files,
    *,
    source: str,
    settings: TrainingSettings,
    now: datetime,
    progress: Report,
) -> Backtested:
    """Take the files into lakes of their own, in a temporary folder, and look back.

    Reference tables are those of the workspace, as of each item's day; nothing else of it is read.

    Raises InputError where a part holds nothing that can be taken.
    """
    with TemporaryDirectory(prefix="tamiz-backtest-") as name:
        folder = Path(name)
        intake = _Intake(session, folder, source, now, progress)
        periods = Periods(
            train=intake.lake("train", files.train),
            test=intake.lake("test", files.test),
            valid=intake.lake("valid", files.valid) if files.valid else None,
            outcomes=intake.outcomes(files.outcomes) if files.outcomes else None,
            tables=tables_of(session),
        )
        studies = Studies(
            storage=str(folder / "study.journal"),
            name="backtest",
            clock=time.monotonic,
            fingerprint=_fingerprint(files),
        )
        result = look_back(periods, settings, studies, history_settings=session.history, progress=progress)
    return Backtested(result.scores, result.report, intake.refused, result.renamed)


def write_scores(scores: pl.DataFrame, output: Path) -> None:
    """Write the scores as CSV, whole or not at all."""
    replace_text(output, scores.write_csv())


class _Intake:
    """Takes each part into a lake of its own, and tells what was refused: nothing of it is kept."""

    def __init__(self, session: Session, folder: Path, source: str, now: datetime, progress: Report) -> None:
        self.session = session
        self.folder = folder
        self.source = source
        self.now = now
        self.progress = progress
        self.refused = Refused()

    def lake(self, part: str, paths: Sequence[Path]) -> Lake:
        lake = Lake(self.folder / part)
        self._take(lake, part, paths, None)
        if not lake.items().head(1).collect().height:
            raise InputError(
                f"the {part} part holds no row that can be taken", remedy="check the files and --format"
            )
        return lake

    def outcomes(self, path: Path) -> pl.LazyFrame:
        lake = Lake(self.folder / "outcomes")
        self._take(lake, "outcomes", [], path)
        return lake.outcomes()

    def _take(self, lake: Lake, part: str, paths: Sequence[Path], outcomes: Path | None) -> None:
        report = ingest(
            paths,
            format=self.source,
            lake=lake,
            quarantine=self.folder / "quarantine" / part,
            settings=self.session.intake,
            now=self.now,
            outcomes=outcomes,
            progress=self.progress,
        )
        self.refused += replace(Refused.of(report), files=())


def _fingerprint(files: Files) -> str:
    digest = hashlib.sha256()
    for path in (*files.train, *files.valid):
        digest.update(path.name.encode())
    return digest.hexdigest()
