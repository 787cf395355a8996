"""What the service answers who asks why, as models: they make the OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from customs.lane import Lane
from customs.outcome import Finding
from serving.answer import Answer, CancellationReason, Degradation, Hash, ModelAnswer

Figures = dict[str, float | int | str | None]


class Cancelled(Answer):
    """That the decision was cancelled."""

    reason: CancellationReason
    cancelled_at: datetime


class RuleTold(Answer):
    """A rule of selection; owner and legal basis are null where the rules are other ones since."""

    name: str
    owner: str | None
    legal_basis: str | None


class QuotaTold(Answer):
    """What the count of inspections answered: the limit that held for the model then, and the count after."""

    lane: Lane
    limit: int | None
    taken: bool
    used: int


class SelectionTold(Answer):
    """Why the lane; `matched` names every rule that matched an item."""

    reason: Literal["rule", "model", "random"] | None
    rule: RuleTold | None
    matched: list[str]
    p_document: float = Field(ge=0, le=1)
    p_physical: float = Field(ge=0, le=1)
    quota: list[QuotaTold]
    text: str


class DegradationTold(Answer):
    """One thing that the decision had to do without."""

    code: Degradation
    text: str


class ExplainerTold(Answer):
    """Who worked out the contributions instead of the tables that do so as a rule."""

    code: Literal["lightgbm"]
    text: str


class ReasonTold(Answer):
    """One reason of an item's risk: its part of the score in log-odds, and the figures behind it."""

    code: str
    contribution: float
    parameters: Figures
    text: str


class WarningTold(Answer):
    """A rule of intake that the item breaks without being refused."""

    rule: str
    text: str


class RecentComparables(Answer):
    """Comparable items of the last `window` days, and the values of a kilogram that quarters lie below."""

    count: int
    window: int | None
    quarter: float | None
    median: float | None
    three_quarters: float | None
    lower: float | None
    widened: bool


class ComparablesTold(Answer):
    """Past items like the item; `widened`: of any origin, as those of its own were too few."""

    count: int
    mean: float | None
    spread: float | None
    widened: bool
    recent: RecentComparables
    own: float | None


class ValuationStep(Answer):
    """One step of the WTO Valuation Agreement and the figures it can rest on."""

    code: str
    parameters: Figures
    text: str


class ValueTold(Answer):
    """Where the declared value lies: a reason to doubt, never a customs value."""

    item_no: int
    place: str
    comparables: ComparablesTold
    since: date | None
    until: date | None
    steps: list[ValuationStep]


class KindTold(Answer):
    """How likely one kind of finding is."""

    kind: Finding
    probability: float
    text: str


class KindsTold(Answer):
    """What kind of irregularity the item may hold."""

    learnt: bool
    text: str
    likeliest: list[KindTold]


class CaseTold(Answer):
    """One past inspection: what was declared, and the kind of finding; `distance` is in log-odds."""

    customs_date: date
    heading: str | None
    origin_country: str | None
    finding: Finding
    distance: float
    text: str


class SimilarTold(Answer):
    """Past inspections of which the model says nearly the same; `usual` percent of all had a finding."""

    found: int
    usual: float
    cases: list[CaseTold]
    text: str


class ItemTold(Answer):
    """What speaks for and against one item: the contributions of its reasons add up to `score`, log-odds."""

    item_no: int
    risk: float | None
    score: float | None
    anomaly: float | None
    expected_revenue: float | None
    value: ValueTold
    warnings: list[WarningTold]
    reasons: list[ReasonTold]
    kinds: KindsTold | None
    missing: list[str] = Field(description="fields that the model asks for and the item does not have")
    unusual: str | None = Field(description="said of an item that the model knows few like")
    similar: SimilarTold | None = Field(description="null where the bundle is gone or holds no past cases")


class FactTold(Answer):
    """One fact that would be otherwise: the fields of it as declared, and as they would be."""

    item_no: int
    fact: str
    factor: float | None
    declared: Figures
    changed: Figures
    text: str


class ChangeTold(Answer):
    """The smallest change of declared facts that would alter the lane, and the lane there would be.

    `leaf_hash` is that of the record to which it was appended when it was first read; null where nothing was.
    """

    facts: list[FactTold]
    lane: Lane | None
    text: str
    leaf_hash: Hash | None


class _Told(Answer):
    decision_id: str
    declaration_id: str
    version: int
    amends: str | None = Field(description="decision_id of the decision before, on an earlier version")
    lane: Lane
    recorded_at: datetime
    cancelled: Cancelled | None
    text: str = Field(description="all of it in sentences")


class ExplanationAnswer(_Told):
    """Why a declaration got its lane, for the officer who reads it. It holds no threshold and no weight."""

    selection: SelectionTold
    degraded: list[DegradationTold]
    explainer: ExplainerTold | None = Field(
        description="null where tables worked out the contributions, as is the rule, and where there are none"
    )
    model: ModelAnswer | None
    profiles_as_of: date | None
    sources: dict[str, list[str]] = Field(
        description="by the number that reference values name: name, licence and instant of retrieval"
    )
    items: list[ItemTold]
    change: ChangeTold


class ItemForTrader(Answer):
    """What is amiss with the declaration of one item itself."""

    item_no: int
    warnings: list[WarningTold]
    missing: list[str]


class TraderAnswer(_Told):
    """What the trader may read of a decision."""

    rule: RuleTold | None
    items: list[ItemForTrader]
