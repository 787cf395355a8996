"""Splitting by time, in both times: when an item came, and when its label was known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.settings import TrainingSettings

Index = NDArray[np.int64]
Days = NDArray[np.int32]


@dataclass(frozen=True)
class LabelledRows:
    """Labelled rows: when they came, when their label was known, the number of their goods tuple.

    `teaches` marks the rows that may be learnt from; all of them by default.
    """

    customs_date: Days
    known_date: Days
    groups: NDArray[np.int64]
    teaches: NDArray[np.bool_] | None = None

    def known_before(self, day: int) -> Days:
        """Give the sorted days of the rows that came and were known before a day."""
        return np.sort(self.customs_date[(self.customs_date < day) & (self.known_date < day)])


@dataclass(frozen=True)
class Boundaries:
    """The days at which parts begin (days since 1970): windows, calibration, test; `until` ends the last."""

    windows: tuple[int, ...]
    calibration: int
    test: int
    until: int


@dataclass(frozen=True)
class Window:
    """One forward window: rows to learn from, all known before it starts, and rows to judge by."""

    start: int
    train: Index
    judge: Index


@dataclass(frozen=True)
class Split:
    """The parts, as row numbers in order of time.

    `train` was known when calibration starts, `refit` (train and calibration together) when the test part
    starts. `seen` marks, for each test row, that its goods tuple stands anywhere before the test part.
    """

    boundaries: Boundaries
    windows: tuple[Window, ...]
    train: Index
    calibration: Index
    refit: Index
    test: Index
    seen: NDArray[np.bool_]


def split_by_time(rows: LabelledRows, boundaries: Boundaries, settings: TrainingSettings) -> Split:
    """Give the parts of labelled rows; a row serves before day T only if it came and was known before T.

    With `first_occurrence` a tuple is learnt from once, and windows and calibration keep only tuples that
    were not learnt from, each once; where tuples do not repeat that changes nothing.

    >>> days = np.arange(100, dtype=np.int32)
    >>> labelled = LabelledRows(days, days + 5, np.arange(100))
    >>> parts = split_by_time(labelled, boundaries_of(labelled, 101, TrainingSettings()), TrainingSettings())
    >>> int(parts.train[-1]), int(parts.calibration[0]), int(parts.test[0])
    (54, 60, 76)
    """
    cut = _Cutter(rows, settings.first_occurrence)
    starts = (*boundaries.windows, boundaries.calibration)
    windows = tuple(cut.window(start, end, boundaries.calibration) for start, end in pairwise(starts))
    train = cut.before(boundaries.calibration)
    test = cut.between(boundaries.test, boundaries.until, boundaries.until)
    return Split(
        boundaries=boundaries,
        windows=tuple(window for window in windows if len(window.train) and len(window.judge)),
        train=train,
        calibration=cut.unseen(cut.between(boundaries.calibration, boundaries.test, boundaries.test), train),
        refit=cut.before(boundaries.test),
        test=test,
        seen=np.isin(rows.groups[test], rows.groups[rows.customs_date < boundaries.test]),
    )


def boundaries_of(
    rows: LabelledRows,
    until: int,
    settings: TrainingSettings,
    *,
    test: int | None = None,
    calibration_share: float | None = None,
) -> Boundaries:
    """Give the days that cut labelled rows into parts by the shares of the settings.

    A part is measured by the rows that are known when it is used: with labels that come late, the newest days
    hold few. `test` is given where it is already fixed (a backtest).

    >>> days = np.arange(100, dtype=np.int32)
    >>> boundaries_of(LabelledRows(days, days, days), 100, TrainingSettings(test_days=30)).test
    70
    """
    if test is None:
        known = rows.known_before(until)
        test = until - settings.test_days if settings.test_days else _day_at(known, 1 - settings.test_share)
    calibration = _day_at(rows.known_before(test), 1 - (calibration_share or settings.calibration_share))
    train = rows.known_before(calibration)
    shares = np.linspace(1 - settings.forward_share, 1, settings.forward_windows, endpoint=False)
    windows = tuple(sorted({_day_at(train, float(share)) for share in shares}))
    return Boundaries(windows, calibration, test, until)


def first_occurrences(rows: Index, groups: NDArray[np.int64]) -> Index:
    """Give the rows at which their group appears for the first time, in the order given.

    >>> first_occurrences(np.array([4, 2, 3]), np.array([9, 9, 7, 8, 7])).tolist()
    [4, 3]
    """
    _, first = np.unique(groups[rows], return_index=True)
    return rows[np.sort(first)]


@dataclass(frozen=True)
class _Cutter:
    rows: LabelledRows
    once: bool

    def before(self, day: int) -> Index:
        rows = self.between(-(2**31), day, day)
        if self.rows.teaches is not None:
            rows = rows[self.rows.teaches[rows]]
        return first_occurrences(rows, self.rows.groups) if self.once else rows

    def between(self, start: int, end: int, known: int) -> Index:
        day = self.rows.customs_date
        rows = np.flatnonzero((day >= start) & (day < end) & (self.rows.known_date < known)).astype(np.int64)
        return rows[np.argsort(day[rows], kind="stable")]

    def window(self, start: int, end: int, known: int) -> Window:
        train = self.before(start)
        return Window(start, train, self.unseen(self.between(start, end, known), train))

    def unseen(self, rows: Index, train: Index) -> Index:
        if not self.once:
            return rows
        groups = self.rows.groups
        return first_occurrences(rows[~np.isin(groups[rows], groups[train])], groups)


def _day_at(days: Days, share: float) -> int:
    return int(days[min(int(len(days) * share), len(days) - 1)]) if len(days) else 0


def some_of(rows: Index, most: int, rng: np.random.Generator) -> Index:
    """Give rows, or as many of them as `most`, drawn by chance and in their order."""
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))
