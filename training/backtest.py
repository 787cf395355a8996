"""What the platform would have said of a later period, had it learnt from an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.evidence import EvaluationReport
from features.columns import from_frame
from features.dataset import Dataset, declared, labelled, population
from features.declaration_lake import DeclarationLake
from features.history.history import History
from features.history.settings import HistorySettings
from features.local_time import date_of, days_of
from scoring.scorer import Scorer, Scores
from training.assess import Assessment, assess
from training.choice import Chosen, Studies
from training.errors import NotEnoughDataError
from training.exam import Exam, repeated_share
from training.lakes import FrameLake, without_goods
from training.learn import Learnt, learn
from training.material import Material
from training.matrix_file import learning_folder
from training.periods import Periods, number_of, told_apart
from training.probes import Answered
from training.scrutiny import remembered, telling
from training.settings import TrainingSettings
from training.split import Boundaries, boundaries_of
from training.trial import Progress, silent
from training.words import doubts

CALIBRATION_SHARE = 0.1
"""Part of the train part, the newest, that calibrates where there is no valid part."""

SCORES: tuple[str, ...] = (
    "risk",
    "anomaly",
    "expected_revenue",
    "value_low",
    "value_mid",
    "value_high",
)


@dataclass(frozen=True)
class BacktestResult:
    """Scores of the test items (declaration_id, item_no and the columns of SCORES), and the figures.

    There are no figures without labels in the test part, and no scores but the value columns without any
    outcome in the train part. `renamed` counts the declarations that bear the number of another one in an
    earlier part.
    """

    scores: pl.DataFrame
    assessment: Assessment | None
    learnt: Learnt
    renamed: int

    @property
    def report(self) -> EvaluationReport | None:
        """The figures, None where the test part has no labels."""
        return self.assessment.report if self.assessment else None


def backtest(
    periods: Periods,
    settings: TrainingSettings,
    studies: Studies,
    *,
    history_settings: HistorySettings | None = None,
    progress: Progress = silent,
) -> BacktestResult:
    """Learn from the train part alone and score the test part, declaration by declaration as it came.

    Test items enter the histories day by day; their own labels never do, unless they are among `outcomes`.
    Where goods of the test part stand in the train part as well, the figures are given on unseen goods and,
    learnt again without those of the test part, on all. Each label serves the part it came with, whatever
    numbers the parts share (`told_apart`). Raises NotEnoughDataError, PartsError.
    """
    periods, renamed = told_apart(periods)
    days = _days(periods)
    known = _known_outcomes(periods)
    everything = FrameLake.of(*_lakes(periods), outcomes=known)
    past = _Past(periods, everything, days, history_settings, progress)
    learnt = past.learn(settings, studies)
    test = past.test_items()
    scores = learnt.scorer.score(test.columns, test.history)
    frame = _frame(test, scores)
    if learnt.scorer.risk is None or np.isnan(test.label).all():
        return BacktestResult(frame, None, learnt, renamed)
    assessment = _assessment(past, learnt, test, settings)
    return BacktestResult(frame, assessment, learnt, renamed)


@dataclass(frozen=True)
class _Days:
    """The first days of valid (that of test where there is none) and of test."""

    valid: int
    test: int


class _Past:
    """The histories of all parts, and what is learnt and judged by them."""

    def __init__(
        self,
        periods: Periods,
        everything: FrameLake,
        days: _Days,
        history_settings: HistorySettings | None,
        progress: Progress,
    ) -> None:
        self.periods = periods
        self.everything = everything
        self.days = days
        self.history_settings = history_settings
        self.progress = progress
        self.history = History.build(
            everything.items(), everything.outcomes(), history_settings, progress, periods.tables
        )

    def without_goods_of(self, test: Dataset) -> _Past:
        """Give the past without the earlier items that share their goods with the test items."""
        lake = without_goods(self.everything, test.columns, date_of(self.days.test))
        return _Past(self.periods, lake, self.days, self.history_settings, self.progress)

    def labelled(self) -> Dataset:
        """Give the earlier items with the labels known when the test part starts, valid ones among them."""
        valid = () if self.periods.valid is None else (self.periods.valid.outcomes(),)
        lake = FrameLake(self.everything.item_frames, (*valid, *self.everything.outcome_frames))
        return labelled(lake, self.history, until=date_of(self.days.test))

    def learn(self, settings: TrainingSettings, how: Studies | Chosen) -> Learnt:
        """Give what is learnt before the test part starts."""
        items = population(
            self.everything, self.history, since=date_of(0), until=date_of(self.days.test),
            sample=settings.population_rows, rng=np.random.default_rng(settings.seed),
        )  # fmt: skip
        with learning_folder(settings) as folder:
            material = Material(
                self.labelled(), items, self.history, self.days.valid, self.history_settings, folder
            )
            return learn(material, self._boundaries(material, settings), settings, how, self.progress)

    def test_items(self) -> Dataset:
        """Give the test items as declared, with labels for figures, and histories that do not know these.

        The labels are those of the test part and, where it has none, those given apart; never those of train.
        """
        outcomes = (self.periods.test.outcomes(), *_given(self.periods))
        return declared(FrameLake((self.periods.test.items(),), outcomes), self.history)

    def _boundaries(self, material: Material, settings: TrainingSettings) -> Boundaries:
        rows = material.labelled_rows
        test, valid = self.days.test, self.days.valid
        if not len(material.labelled):
            return Boundaries(
                (), _calibration_day(material.population.columns["customs_date"], test), test, test
            )
        if valid == test:
            return boundaries_of(rows, test, settings, test=test, calibration_share=CALIBRATION_SHARE)
        later = rows.known_before(test)
        later = later[later >= valid]
        if not len(later):
            raise NotEnoughDataError(
                "no outcome of the valid part is known before the test part",
                remedy="leave out --valid, or give a valid part with outcomes known in time",
            )
        return Boundaries((valid,), int(later[len(later) // 2]), test, test)


def _assessment(past: _Past, learnt: Learnt, test: Dataset, settings: TrainingSettings) -> Assessment:
    exam = _exam(past, test)
    clean = None
    if repeated_share(exam) > settings.decontaminate_above:
        clean = _decontaminated(past, learnt, exam.test, settings)
    rng = np.random.default_rng(settings.seed)
    past.progress("evaluation", 0, 1)
    assessed = assess(learnt.scorer, exam, settings, rng, clean=clean)
    answered = _answered(learnt, exam.test)
    memory = remembered(exam.known, answered, settings, rng, decontaminated=clean is not None)
    probes = (*telling(learnt, answered, settings, rng), memory)
    past.progress("evaluation", 1, 1)
    words = (*assessed.report.words, *doubts(probes))
    return replace(assessed, report=replace(assessed.report, probes=probes, words=words))


def _answered(learnt: Learnt, test: Dataset) -> Answered:
    scores = learnt.scorer.score(test.columns, test.history)
    return Answered(test, scores.matrix, scores.raw, test.columns["declaration_id"].astype(str))


def _exam(past: _Past, test: Dataset) -> Exam:
    before = past.everything.items(until=date_of(past.days.test)).collect()
    judged = test.take(~np.isnan(test.label))
    return Exam(judged, past.labelled(), from_frame(before), test)


def _decontaminated(
    past: _Past, learnt: Learnt, test: Dataset, settings: TrainingSettings
) -> tuple[Scorer, Dataset] | None:
    """Learn again, with the parameters chosen, from a past without the goods of the test part."""
    clean = past.without_goods_of(test)
    try:
        again = clean.learn(settings, learnt.chosen)
    except NotEnoughDataError:
        return None
    return again.scorer, replace(test, history=clean.history.as_of(test.columns))


def _calibration_day(days: NDArray[np.int32], test: int) -> int:
    """Give the day from which the newest tenth calibrates; that of the test part where no day lies before."""
    newest = np.sort(days)
    day = int(newest[int(len(newest) * (1 - CALIBRATION_SHARE))])
    return day if day > newest[0] else test


def _days(periods: Periods) -> _Days:
    test = _first_day(periods.test, "test")
    valid = test if periods.valid is None else _first_day(periods.valid, "valid")
    if valid > test or _first_day(periods.train, "train") >= valid:
        raise NotEnoughDataError(
            "the parts are not in order of time",
            remedy="give a train part that starts before valid, then test",
        )
    return _Days(valid, test)


def _first_day(lake: DeclarationLake, part: str) -> int:
    first = lake.items().select(pl.col("customs_date").min()).collect().item()
    if first is None:
        raise NotEnoughDataError(f"the {part} part holds no accepted items", remedy="see the intake report")
    return days_of(first)


def _lakes(periods: Periods) -> tuple[DeclarationLake, ...]:
    return (periods.train, *(() if periods.valid is None else (periods.valid,)), periods.test)


def _known_outcomes(periods: Periods) -> tuple[pl.LazyFrame, ...]:
    return (*_given(periods), periods.train.outcomes())


def _given(periods: Periods) -> tuple[pl.LazyFrame, ...]:
    return () if periods.outcomes is None else (periods.outcomes,)


def _frame(test: Dataset, scores: Scores) -> pl.DataFrame:
    keys = {name: test.columns[name].tolist() for name in ("declaration_id", "item_no")}
    columns: Mapping[str, object] = {name: getattr(scores, name) for name in SCORES}
    return pl.DataFrame({**keys, **columns}).with_columns(
        number_of(pl.col("declaration_id")), pl.col(SCORES).fill_nan(None)
    )
