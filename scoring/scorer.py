"""What the models of one bundle say of items, all at once: the same for one row and a million."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from customs.reason import Reason
from features.columns import Columns, Values
from features.recipe import Recipe
from features.reference.source import NO_SOURCES, Sources
from scoring.anomaly import AnomalyModel
from scoring.booster import Booster
from scoring.headings import Corrections
from scoring.kinds import KindModel, kind_file
from scoring.past_cases import PastCase, PastCases
from scoring.reasons import explain, explain_all, raising, summed
from scoring.revenue import RevenueModel
from scoring.risk import RiskModel
from scoring.row import Row
from scoring.thresholds import Thresholds
from scoring.value import ValueModel, value_file

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """What the models say of n items; NaN where a model is absent or cannot say.

    `matrix` is (n, columns of the recipe), `raw` the score of the risk in log-odds before calibration,
    `risk` a probability, `anomaly` in [0, 1], `expected_revenue` and the interval of cif (`value_low`,
    `value_mid`, `value_high`) in the valuation currency. `contributions`, (n, columns + 1), add up to `raw`;
    None where they were not asked for. `kinds` holds the probability of each kind of finding, by name, which
    add up to `risk`; it is empty where no kinds are known, and says nothing of the item itself unless
    `kinds_learnt`.
    """

    matrix: Floats
    raw: Floats
    risk: Floats
    anomaly: Floats
    expected_revenue: Floats
    value_low: Floats
    value_mid: Floats
    value_high: Floats
    contributions: Floats | None
    kinds: Mapping[str, Floats] = field(default_factory=dict)
    kinds_learnt: bool = False


@dataclass(frozen=True)
class Scorer:
    """A recipe and the models that were trained on its matrix; a model that could not be trained is None.

    `corrections` counts, by heading declared, the headings that were found instead; `past_cases` are
    inspections that the risk model learnt from. The columns of every model are checked against the recipe
    when it is made.
    """

    recipe: Recipe
    risk: RiskModel | None = None
    value: ValueModel | None = None
    anomaly: AnomalyModel | None = None
    revenue: RevenueModel | None = None
    thresholds: Thresholds | None = None
    kinds: KindModel | None = None
    corrections: Corrections = field(default_factory=dict)
    past_cases: PastCases | None = None

    def __post_init__(self) -> None:
        """Check the columns of every booster; ColumnError where they are not the recipe's."""
        for _, booster, names in self.boosters():
            booster.check(names)

    def boosters(self) -> list[tuple[str, Booster, tuple[str, ...]]]:
        """Give the boosters there are: file name, booster, names of its columns."""
        found: list[tuple[str, Booster, tuple[str, ...]]] = []
        if self.risk:
            found.append(("risk.txt", self.risk.booster, self.recipe.names))
        if self.value:
            for level, booster in zip(self.value.levels, self.value.boosters, strict=True):
                found.append((value_file(level), booster, self.value.names(self.recipe.value_names)))
        if self.anomaly:
            found.append(("anomaly.txt", self.anomaly.booster, self.recipe.names))
        if self.kinds:
            for name, booster in self.kinds.boosters.items():
                found.append((kind_file(name), booster, self.recipe.names))
        return found

    def score(self, columns: Columns, history: Values, *, contributions: bool = False) -> Scores:
        """Give the scores of whole declarations, with their history values as of their day."""
        return self.score_matrix(self.recipe.matrix(columns, history), columns, contributions=contributions)

    def score_matrix(self, matrix: Floats, columns: Columns, *, contributions: bool = False) -> Scores:
        """Give the scores of a matrix at hand; of `columns`, money, masses, codes and rates are read."""
        nothing = np.full(len(matrix), np.nan)
        raw = self.risk.raw(matrix) if self.risk else nothing
        risk = self.risk.calibration.apply(raw) if self.risk else nothing
        low, mid, high = (
            self.value.interval(self.value_matrix(matrix), columns)
            if self.value
            else (nothing, nothing, nothing)
        )
        given = self.kinds.given_illicit(matrix) if self.kinds and self.risk else None
        uplift = (
            self.revenue.uplift(columns["cif"], columns["tax_rate_pct"], mid) if self.revenue else nothing
        )
        return Scores(
            matrix=matrix,
            raw=raw,
            risk=risk,
            anomaly=self.anomaly.score(matrix) if self.anomaly else nothing,
            expected_revenue=risk * uplift,
            value_low=low,
            value_mid=mid,
            value_high=high,
            contributions=self.risk.contributions(matrix, raw) if self.risk and contributions else None,
            kinds=self.kinds.probability(given, risk) if self.kinds and given is not None else {},
            kinds_learnt=bool(self.kinds and self.kinds.learnt),
        )

    def value_matrix(self, matrix: Floats) -> Floats:
        """Give the columns of the recipe's matrix that the value models see, in their order."""
        return matrix[:, self._value_columns]

    def explain(
        self,
        scores: Scores,
        columns: Columns,
        history: Values,
        row: int,
        *,
        top: int = 5,
        sources: Sources = NO_SOURCES,
    ) -> tuple[Reason, ...]:
        """Give the reasons of one row's risk, the strongest first; they add up to its raw score.

        Contributions that were not asked for with the scores are computed now.
        """
        if not self.risk:
            return ()
        parts = _parts(self.risk, scores, row)
        return explain(self.recipe, parts, columns, history, row, top=top, sources=sources)

    def explain_all(
        self, scores: Scores, items: Sequence[Row], *, top: int = 5
    ) -> Iterator[tuple[Reason, ...]]:
        """Give the reasons of each of many rows, as `explain` does; `items` are the same rows."""
        if not self.risk:
            return iter([()] * len(items))
        asked = scores.contributions
        parts = self.risk.contributions(scores.matrix, scores.raw) if asked is None else asked
        return explain_all(self.recipe, parts, items, top=top)

    def similar(self, scores: Scores, row: int) -> tuple[PastCase, ...]:
        """Give the past inspections of which the risk model says nearly the same as of one row."""
        if not (self.risk and self.past_cases):
            return ()
        return self.past_cases.nearest(summed(self.recipe, _parts(self.risk, scores, row)))

    def unusual(
        self,
        scores: Scores,
        columns: Columns,
        history: Values,
        row: int,
        *,
        top: int = 3,
        sources: Sources = NO_SOURCES,
    ) -> tuple[Reason, ...]:
        """Give up to `top` groups of columns that make one row stand alone, the strongest first.

        Contributions are in units of the anomaly's booster. That a row is unusual is no sign of guilt.
        """
        item = Row(columns, history, row, sources)
        return next(self.unusual_all(scores.matrix[row : row + 1], [item], top=top))

    def unusual_all(
        self, matrix: Floats, items: Sequence[Row], *, top: int = 3
    ) -> Iterator[tuple[Reason, ...]]:
        """Give the same of each of many rows, by the lines of their matrix."""
        if not self.anomaly:
            return iter([()] * len(items))
        return raising(self.recipe, self.anomaly.contributions(matrix), items, top=top)

    @cached_property
    def _value_columns(self) -> NDArray[np.intp]:
        place = {name: number for number, name in enumerate(self.recipe.names)}
        return np.array([place[name] for name in self.recipe.value_names], dtype=np.intp)


def _parts(risk: RiskModel, scores: Scores, row: int) -> Floats:
    """The contributions of one row; those that were not asked for with the scores are computed now."""
    asked, one = scores.contributions, slice(row, row + 1)
    parts: Floats = (
        risk.contributions(scores.matrix[one], scores.raw[one])[0] if asked is None else asked[row]
    )
    return parts
