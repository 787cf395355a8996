"""What a backtest says of the public KCS declarations: train.csv before, valid.csv after.

The files lie outside the project: in `TAMIZ_KCS`, or else in `../shared/data/kcs` beside it; without them
the benchmark says so and gives no figures. The goods of most test rows stand in the train part as well,
often as near copies, so the plain split rewards a look-up table; `novel` are rows whose goods were never
seen, and `decontaminated` is the whole test part after learning again without its goods. Intervals are of
95 %, goods tuples resampled.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.default_learner import default_scores
from benchmarks.shown import Kept, kept_figures, kept_parts, kept_skill
from features.columns import Columns, from_frame
from features.dataset import GOODS, Dataset, goods_tuple, labelled, population
from features.history.history import History
from features.intake import ingest
from features.lake import Lake
from features.recipe import Recipe
from features.settings import IntakeSettings
from lifecycle.backtest import Files, backtest
from lifecycle.session import Session
from training.evaluate import evaluate
from training.lakes import FrameLake, without_goods
from training.part import Part, Ranking
from training.settings import TrainingSettings
from training.trial import silent

Floats = NDArray[np.float64]

DEFAULT = "default LightGBM"
MEASURES = {
    "precision_at_1": "P@1 %",
    "precision_at_2": "P@2 %",
    "precision_at_5": "P@5 %",
    "precision_at_10": "P@10 %",
    "average_precision": "AP",
    "auc": "AUC",
}

_BESIDE = Path(__file__).parents[2] / "shared" / "data" / "kcs"
_NOW = datetime(2030, 1, 1, tzinfo=UTC)
_BEGINNING, _END = date(1970, 1, 1), date(9999, 1, 1)


def run(folder: Path | None = None, settings: TrainingSettings | None = None) -> dict[str, object]:
    """Give the figures of each part: of the product, the look-up table, and LightGBM as it comes."""
    folder = folder or Path(os.environ.get("TAMIZ_KCS", _BESIDE))
    train, test = folder / "train.csv", folder / "valid.csv"
    if not (train.is_file() and test.is_file()):
        return {"skipped": "train.csv and valid.csv are not there: name their folder in TAMIZ_KCS"}
    settings = settings or TrainingSettings()
    with TemporaryDirectory(prefix="tamiz-kcs-") as name:
        done = backtest(
            Session(Path(name)), Files([train], [test]),
            source="kcs", settings=settings, now=_NOW, progress=silent,
        )  # fmt: skip
        default = _default(train, test, Path(name), settings)
    if done.report is None:
        raise ValueError("the test part has no labels")
    parts = kept_parts(done.report, MEASURES | {"calibration_error": "ECE"})
    for part, figures in default.items():
        parts.setdefault(part, {})[DEFAULT] = figures
    return {
        "rows refused": done.refused,
        **parts,
        "skill": kept_skill(done.report.skill),
        "words": [sentence["en"] for sentence in done.report.words],
    }


def _default(train: Path, test: Path, folder: Path, settings: TrainingSettings) -> dict[str, Kept]:
    """LightGBM as it comes, on the recipe's matrix, every labelled row learnt from, part by part."""
    past, later = (_lake(folder / file.stem, file) for file in (train, test))
    everything = FrameLake.of(past, later, outcomes=(past.outcomes(),))
    start = _first_day(later)
    plain = _scored(everything, later, start)
    clean = _scored(without_goods(everything, plain.rows.columns, start), later, start)
    before = from_frame(everything.items(until=start).collect())
    groups = _groups(plain.rows.columns, before)
    tuples, earlier = np.split(groups, [len(plain.rows)])
    novel = ~np.isin(tuples, earlier)
    whole = _part("test", plain, tuples)
    parts = (whole, whole.only("novel", novel), _part("decontaminated", clean, tuples))
    report = evaluate(parts, settings, np.random.default_rng(settings.seed), repeated=float((~novel).mean()))
    return {
        one.part: {"items": one.items, "illicit": one.illicit} | kept_figures(one.figures, MEASURES)
        for one in report.evaluations
    }


@dataclass(frozen=True)
class _Scored:
    rows: Dataset
    score: Floats


def _scored(everything: FrameLake, later: Lake, start: date) -> _Scored:
    """Learn from what was known before the first test day; score each test row as of its own day."""
    history = History.build(everything.items(), everything.outcomes())
    known = labelled(everything, history, until=start)
    recipe = Recipe.fit(known.columns, snapshot=history.snapshot(start))
    asked = _test_rows(FrameLake((later.items(),), (later.outcomes(),)), history)
    score = default_scores(
        recipe.matrix(known.columns, known.history),
        known.label,
        recipe.matrix(asked.columns, asked.history),
        recipe.names,
        recipe.categorical,
    )
    return _Scored(asked, score)


def _test_rows(lake: FrameLake, history: History) -> Dataset:
    rng = np.random.default_rng(0)
    found = population(lake, history, since=_BEGINNING, until=_END, sample=10**12, rng=rng)
    return found.take(~np.isnan(found.label))


def _part(name: str, scored: _Scored, tuples: NDArray[np.int64]) -> Part:
    rows = scored.rows
    return Part(name, rows.label, rows.revenue, tuples, {DEFAULT: Ranking(scored.score)})


def _groups(one: Columns, other: Columns) -> NDArray[np.int64]:
    return goods_tuple({name: np.concatenate([one[name], other[name]]) for name in GOODS})


def _lake(folder: Path, file: Path) -> Lake:
    lake = Lake(folder / "lake")
    ingest(
        [file],
        format="kcs",
        lake=lake,
        quarantine=folder / "quarantine",
        settings=IntakeSettings(),
        now=_NOW,
    )
    return lake


def _first_day(lake: Lake) -> date:
    days = lake.items().select("customs_date").min().collect().item()
    return _BEGINNING + timedelta(days=(days - _BEGINNING).days)
