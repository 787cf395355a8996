"""The procedure from a declaration and its histories to a decision: pure, so that it can be replayed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from customs.decision import ItemScore, Kinds
from customs.reason import Reason
from features.columns import Columns, Values, rows
from features.reference.row_numbers import MISSING
from features.reference.source import NO_SOURCES, Sources
from features.settings import IntakeSettings
from features.validation import WARNINGS, unit_value_band, warned
from scoring.contributions import ExplainerName
from scoring.scorer import Scores
from scoring.thresholds import Objective as ScoreObjective
from scoring.thresholds import Thresholds as ScoreThresholds
from selection.capacity import QuotaStore, Thresholds, thresholds
from selection.facts import facts_of
from selection.policy import Choice, select
from selection.rules import RuleBook
from selection.settings import Objective, SelectionSettings
from serving.budget import ENDLESS, Budget, TooLateError
from serving.journal import trace_of

_OBJECTIVE: Mapping[Objective, ScoreObjective] = {
    Objective.RISK: "risk",
    Objective.REVENUE: "revenue",
    Objective.BLEND: "blend",
}
_BAND = np.uint64(1 << WARNINGS.index("unit_value_outside_band"))


class Model(Protocol):
    """What the procedure needs of a bundle."""

    @property
    def id(self) -> str:
        """Id of the bundle."""

    @property
    def created_at(self) -> str:
        """When it was made, ISO 8601."""

    @property
    def thresholds(self) -> ScoreThresholds | None:
        """Scores that a share of the recent population lies above."""

    @property
    def explainer(self) -> ExplainerName:
        """Who works out the contributions of reasons."""

    def with_explainer(self, explainer: ExplainerName) -> Model:
        """Give the model with its reasons worked out by another, as far as that can be here."""

    def score(self, columns: Columns, history: Values, *, contributions: bool = False) -> Scores:
        """Give the scores of every row."""

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
        """Give the reasons of one row's risk."""


@dataclass(frozen=True)
class Given:
    """What is decided upon: the columns of one declaration, their history and reference values and their day.

    `as_of` is None where there were no profiles: then every party counts as never seen. `sources` are those
    that the reference values name by their numbers.
    """

    columns: Columns
    history: Values
    as_of: date | None
    sources: Sources = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """By what it is decided: rules and settings, and how many reasons are given."""

    rules: RuleBook
    selection: SelectionSettings
    intake: IntakeSettings
    top_reasons: int
    profile_days: int


class Successors(NamedTuple):
    """How many codes of the newest edition the declared code became, and the one if there is only one."""

    many: int = 0
    one: str = ""


@dataclass(frozen=True)
class Decided:
    """A decision before it has an id: the choice, what each item scored, its warnings, what was missing.

    `successors` say of each item what its code of an older edition became, where a table tells it. `failure`
    says by what error, and where, the model could not score, if it could not. `explainer` is who worked out
    the contributions of the reasons, None where there are none.
    """

    choice: Choice
    scores: tuple[ItemScore, ...]
    warnings: tuple[tuple[str, ...], ...]
    successors: tuple[Successors, ...]
    degraded: tuple[str, ...]
    failure: str | None = None
    explainer: ExplainerName | None = None


def with_band(columns: Columns, history: Values, settings: IntakeSettings) -> Columns:
    """Give the columns with the one warning that needs history values."""
    outside = unit_value_band(columns, history, settings.value_band)
    return columns | {"warnings": np.where(outside, columns["warnings"] | _BAND, columns["warnings"])}


def decide(
    given: Given,
    model: Model | None,
    quota: QuotaStore,
    draw: float,
    terms: Terms,
    *,
    released: float = 1.0,
    budget: Budget = ENDLESS,
) -> Decided:
    """Decide on one declaration; `released` is the part of the day's limits that the model may use by now.

    Without a model, or with one that cannot score it, rules and the random draw decide alone; `degraded` then
    names `model`, or `late` where `budget` was spent before. `profiles`, `old_profiles` and `later_profiles`
    are named where histories are missing, behind, or of a later day than the declaration's, so that they may
    know what came after it.
    """
    scores, failure, late = _scored(given, model, terms.top_reasons, budget)
    limits = _thresholds(model, terms.selection) if model and scores else None
    choice = select(
        facts_of(given.columns, WARNINGS),
        scores,
        rules=terms.rules,
        thresholds=limits,
        quota=quota,
        draw=draw,
        settings=terms.selection,
        released=released,
    )
    return Decided(
        choice=choice,
        scores=scores or _unscored(given.columns),
        warnings=tuple(warned(bits) for bits in given.columns["warnings"].tolist()),
        successors=_successors(given.history),
        degraded=(*_without(limits, late=late), *_behind(given, terms.profile_days)),
        failure=failure,
        explainer=model.explainer if model and scores else None,
    )


def _successors(history: Values) -> tuple[Successors, ...]:
    counts, codes = (history[f"hs_correlation.{name}"].tolist() for name in ("successors", "successor"))
    return tuple(
        Successors() if count == MISSING else Successors(count, "" if code == MISSING else f"{code:06d}")
        for count, code in zip(counts, codes, strict=True)
    )


class _Scored(NamedTuple):
    """What the model says of the items, or why it does not: it failed, or its time was up."""

    items: tuple[ItemScore, ...] | None
    failure: str | None = None
    late: bool = False


def _scored(given: Given, model: Model | None, top: int, budget: Budget) -> _Scored:
    if model is None:
        return _Scored(None)
    columns, history = given.columns, given.history
    try:
        budget.check()
        scores = model.score(columns, history, contributions=True)
        reasons = []
        for row in range(rows(columns)):
            budget.check()
            reasons.append(model.explain(scores, columns, history, row, top=top, sources=given.sources))
    except TooLateError:
        return _Scored(None, late=True)
    except Exception as error:  # noqa: BLE001 - whatever a model cannot do, rules and draw still decide
        return _Scored(None, trace_of(error))
    return _Scored(_item_scores(columns["item_no"], scores, reasons))


def _without(limits: Thresholds | None, *, late: bool) -> tuple[str, ...]:
    if limits:
        return ()
    return ("late",) if late else ("model",)


def _item_scores(
    item_no: NDArray[np.int64], scores: Scores, reasons: Sequence[tuple[Reason, ...]]
) -> tuple[ItemScore, ...]:
    figures = zip(
        item_no.tolist(),
        scores.risk.tolist(),
        scores.anomaly.tolist(),
        scores.expected_revenue.tolist(),
        scores.value_low.tolist(),
        scores.value_mid.tolist(),
        scores.value_high.tolist(),
        reasons,
        _kinds(scores, len(reasons)),
        strict=True,
    )
    return tuple(
        ItemScore(
            item_no=no,
            risk=_known(risk),
            anomaly=_known(anomaly),
            expected_revenue=_known(revenue),
            value_low=_known(low),
            value_mid=_known(mid),
            value_high=_known(high),
            reasons=why,
            kinds=kinds,
        )
        for no, risk, anomaly, revenue, low, mid, high, why, kinds in figures
    )


def _kinds(scores: Scores, count: int) -> Sequence[Kinds | None]:
    """Give what kind of irregularity each item may hold; None where the model knows of none."""
    if not scores.kinds:
        return (None,) * count
    lines = zip(*(values.tolist() for values in scores.kinds.values()), strict=True)
    return [Kinds(dict(zip(scores.kinds, line, strict=True)), scores.kinds_learnt) for line in lines]


def _unscored(columns: Columns) -> tuple[ItemScore, ...]:
    nothing = (None,) * 6
    return tuple(ItemScore(no, *nothing) for no in columns["item_no"].tolist())


def _thresholds(model: Model, settings: SelectionSettings) -> Thresholds | None:
    """Give the scores to pass; None where the model has none for this objective."""
    population = model.thresholds
    if population is None:
        return None
    objective = _OBJECTIVE[settings.objective]
    limits = thresholds(lambda quantile: population.threshold(objective, 1 - quantile), settings.shares)
    return None if math.isnan(limits.red) or math.isnan(limits.orange) else limits


def _behind(given: Given, profile_days: int) -> tuple[str, ...]:
    if given.as_of is None:
        return ("profiles",)
    as_of = (given.as_of - date(1970, 1, 1)).days
    if as_of > int(given.columns["customs_date"].min()):
        return ("later_profiles",)
    days = int(given.columns["customs_date"].max()) - as_of
    return ("old_profiles",) if days > profile_days else ()


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
