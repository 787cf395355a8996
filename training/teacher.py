"""A risk booster taught by others: one for each kind of finding, heard on items that nobody inspected.

A false value shows in other columns than a false origin, and labels of common kinds drown those of rare ones.
So each kind has a booster of its own, and the risk is the chance that any kind is there. One booster then
learns what they say of the many items without a label: it is as plain to explain as one that was learnt from
labels, and it has seen the population, not only what was inspected. Its teachers may know more than it does:
they are shown how far an item's unit value lies from what is expected of it (`training.expected_value`).
Source: Buciluă, Caruana & Niculescu-Mizil 2006, Model Compression.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.booster import Booster
from training.expected_value import ExpectedValue, Priced
from training.fit import Fitted, Watch, fit
from training.material import Prepared
from training.matrix_file import by_parts
from training.risk_model import LabelledMatrix, fit_risk
from training.risk_objective import both_kinds
from training.settings import TrainingSettings
from training.split import Index, Split, Window

Floats = NDArray[np.float64]

LEAST_OF_A_KIND = 20
"""Findings of a kind below which it has no booster of its own: such kinds are taken together."""

KIND_LEAVES = 6
"""Most leaves of a tree of one kind: its labels are a part of all."""

LEAST_UNINSPECTED = 2.0
"""Items without a label, over those with one, below which there is nobody to teach."""

MANY_LABELS = 20_000
"""Labelled rows from which teachers know more than a small booster can say after them."""

GAP = "expected_value_gap"
"""The column that teachers are shown beside the features."""

REST = "rest"
"""Stands for what is illicit but of no kind that has a booster of its own."""


def kinds_of(data: LabelledMatrix, rows: Index) -> tuple[str, ...]:
    """Give the kinds of finding among some rows, the rare ones together; none where there is but one.

    >>> finding = np.repeat(np.array(["value", "ip", "none"], object), 40)
    >>> data = LabelledMatrix(np.zeros((120, 1)), np.repeat([1.0, 1.0, 0.0], 40), ["a"], [], finding=finding)
    >>> kinds_of(data, np.arange(120))
    ('ip', 'value')
    """
    names, counts = np.unique(_finding(data)[rows][data.label[rows] == 1], return_counts=True)
    common = tuple(names[counts >= LEAST_OF_A_KIND].tolist())
    kinds = common if len(common) == len(names) else (*common, REST)
    return kinds if len(kinds) > 1 else ()


def labels_of(data: LabelledMatrix, kinds: Collection[str]) -> Mapping[str, Floats]:
    """Give the labels of each kind; what is illicit but of none of them is of the rest."""
    finding = _finding(data)
    labels = {kind: (finding == kind).astype(np.float64) for kind in kinds if kind != REST}
    rest = data.label - sum(labels.values(), np.zeros(len(finding)))
    return labels | ({REST: rest} if rest.any() else {})


def _finding(data: LabelledMatrix) -> NDArray[np.str_]:
    found = REST if data.finding is None else data.finding.astype(str)
    return np.where(data.label == 1, found, "")


@dataclass(frozen=True)
class Student:
    """The booster that is taught: what its trees are like, and how many there are at most."""

    leaves: int
    learning_rate: float
    rounds: int

    @classmethod
    def of(cls, labels: int) -> Student:
        """Give the one for teachers who learnt from so many labelled rows."""
        return cls(31, 0.1, 500) if labels >= MANY_LABELS else cls(15, 0.06, 300)

    @property
    def parameters(self) -> Mapping[str, float | str]:
        """Parameters of LightGBM."""
        return {
            "objective": "cross_entropy",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": 50,
            "feature_fraction": 0.4,
            "bagging_fraction": 0.6,
            "cat_smooth": 30.0,
            "cat_l2": 20.0,
        }

    def within(self, most_leaves: int | None) -> int:
        """Give the number of trees, as many as the size of the booster may be.

        >>> Student.of(1_000).within(3_000), Student.of(MANY_LABELS).within(None)
        (200, 500)
        """
        return self.rounds if most_leaves is None else max(1, min(self.rounds, most_leaves // self.leaves))


class Gaps:
    """How far unit values lie from expected ones, of labelled rows and of a population, as known on a day."""

    def __init__(self, labelled: Priced | None, population: Prepared, settings: TrainingSettings) -> None:
        self._labelled = labelled
        self._population = population
        self._settings = settings
        self._found: dict[int, tuple[Floats, Floats] | None] = {}

    def before(self, day: int) -> tuple[Floats, Floats] | None:
        """Give those of the labelled rows and of the population; None where too little was known."""
        if day not in self._found:
            self._found[day] = self._gaps(day)
        return self._found[day]

    def _gaps(self, day: int) -> tuple[Floats, Floats] | None:
        if self._labelled is None:
            return None
        population = self._population
        expected = ExpectedValue.learnt(
            population.priced, population.uninspected(day), population.recipe, self._settings
        )
        if expected is None:
            return None
        return expected.gap(self._labelled), expected.gap(population.priced)


@dataclass(frozen=True)
class Teacher:
    """What boosters of each kind learn with, their numbers of trees by kind, and the one that they teach."""

    data: LabelledMatrix
    population: Prepared
    gaps: Gaps
    parameters: Mapping[str, float]
    rounds: Mapping[str, int]
    settings: TrainingSettings
    student: Student

    @classmethod
    def of(
        cls,
        data: LabelledMatrix,
        split: Split,
        population: Prepared,
        parameters: Mapping[str, float],
        settings: TrainingSettings,
    ) -> Teacher:
        """Give the teacher whose kinds each have the number of trees that is best over all windows."""
        few = {**parameters, "num_leaves": min(parameters["num_leaves"], KIND_LEAVES)}
        gaps = Gaps(data.priced, population, settings)
        teacher = cls(data, population, gaps, few, {}, settings, Student.of(len(split.train)))
        kinds = kinds_of(data, split.train)
        return replace(teacher, rounds=teacher.best_rounds(kinds, split.windows) if kinds else {})

    def best_rounds(self, kinds: Collection[str], windows: Sequence[Window]) -> dict[str, int]:
        """Give the number of trees of each kind; what is shown beside was known before the first window."""
        shown, _ = self._shown(min((window.start for window in windows), default=0))
        asked = {"objective": "binary", **self.parameters, **shown.bounds}
        return {
            kind: _rounds(replace(shown, label=label), windows, asked, self.settings)
            for kind, label in labels_of(self.data, kinds).items()
        }

    def risk(self, rows: Index, day: int, items: Index) -> Floats:
        """Give the chance that any kind is there, for items of the population.

        It is learnt from labelled rows and from items of before a day.
        """
        shown, gap = self._shown(day)
        honest = np.ones(len(items))
        for kind, label in labels_of(self.data, self.rounds).items():
            data, rounds = replace(shown, label=label), self.rounds.get(kind, 1)
            booster = Booster(fit_risk(data, rows, self.parameters, rounds, self.settings).text)
            honest *= 1.0 - by_parts(booster.predict, self.population.matrix, items, gap)
        return 1.0 - honest

    def teach(self, rows: Index, day: int) -> Fitted:
        """Give the one booster that learns what the kinds' boosters say of items of before a day.

        These learn from labelled rows; the items are those that had no known outcome then.
        """
        matrix, items = self.population.matrix, self.population.uninspected(day)
        said = np.full(len(matrix), np.nan)
        said[items] = self.risk(rows, day, items)
        taught = replace(self.data, matrix=matrix, label=said, weight=None)
        student, most = self.student, self.settings.most_leaves
        return taught.learnt(items, student.parameters, student.within(most), self.settings)

    def _shown(self, day: int) -> tuple[LabelledMatrix, Floats | None]:
        """Give the labelled rows as teachers see them, and the same column of the population."""
        gaps = self.gaps.before(day)
        return (self.data.beside(GAP, gaps[0]), gaps[1]) if gaps else (self.data, None)


def _rounds(
    data: LabelledMatrix,
    windows: Sequence[Window],
    parameters: Mapping[str, float | str],
    settings: TrainingSettings,
) -> int:
    curves = [
        _curve(data, window, parameters, settings)
        for window in windows
        if both_kinds(data.label, window.train, window.judge)
    ]
    if not curves:
        return 1
    shortest = min(map(len, curves))
    return 1 + int(np.argmax(np.mean([curve[:shortest] for curve in curves], axis=0)))


def _curve(
    data: LabelledMatrix, window: Window, parameters: Mapping[str, float | str], settings: TrainingSettings
) -> Floats:
    learn = data.table(window.train, settings.max_bin)
    judge = data.table(window.judge, settings.max_bin, learn)
    watch = Watch(judge, "binary_logloss", settings.patience, settings.rounds, lambda _step, _score: None)
    asked = {"objective": "binary", **parameters}
    return fit(learn, asked, settings.rounds, seed=settings.seed, threads=settings.threads, watch=watch).curve
