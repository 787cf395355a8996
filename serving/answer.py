"""What the service answers, as models: they make the OpenAPI document, and tests hold the answers to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from customs.lane import Lane
from customs.outcome import Finding

Probability = Annotated[float, Field(gt=0, le=1)]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Degradation = Literal["model", "late", "profiles", "old_profiles", "later_profiles", "quota"]
_RECEIPT = (
    "the ledger's Ed25519 signature of that hash, base64: whoever keeps the answer can prove that the record "
    "was there"
)
_DEGRADED = (
    "what the decision had to do without; empty when nothing. model: no model scored it; late: the time "
    "for the model had passed; profiles: no "
    "histories or reference tables could be read; old_profiles: they are days behind; later_profiles: they "
    "are of a later day than the declaration's, so that they may know what came after it; quota: the count "
    "of today's inspections was away"
)


CancellationReason = Literal["withdrawn", "duplicate", "mistake"]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Answer):
    """The same text in Spanish and in English."""

    es: str
    en: str


class ReasonAnswer(Answer):
    """One reason of an item's risk: its part of the score in log-odds, and the figures behind it."""

    code: str
    contribution: float = Field(description="part of the score, in log-odds; above 0 raises the risk")
    parameters: dict[str, float | int | str | None]
    text: Words


class WarningAnswer(Answer):
    """A rule that the item breaks without being refused, and what it means."""

    rule: str
    text: Words


class ValueInterval(Answer):
    """Where comparable goods lie, in the valuation currency: a reason to doubt, never a customs value."""

    low: float
    mid: float
    high: float


class KindAnswer(Answer):
    """How likely one kind of finding is."""

    kind: Finding
    probability: float = Field(description="probability that an inspection would find this kind")
    text: Words


class KindsAnswer(Answer):
    """What kind of irregularity the item may hold: what to look at first, if it is inspected."""

    learnt: bool = Field(
        description="false where nothing of the item tells its kind: the probabilities are then the risk "
        "times the shares of the kinds among past findings"
    )
    text: Words = Field(description="what the probabilities rest on")
    likeliest: list[KindAnswer] = Field(description="the likeliest first; they add up to the risk")


class ItemAnswer(Answer):
    """What is said of one goods item; null where the models cannot say."""

    item_no: int
    risk: float | None = Field(description="calibrated probability that an inspection would find something")
    anomaly: float | None = Field(description="share of past items that are less unusual")
    expected_revenue: float | None = Field(description="duty and tax an inspection is expected to raise")
    value: ValueInterval | None
    warnings: list[WarningAnswer]
    reasons: list[ReasonAnswer]
    kinds: KindsAnswer | None = None


class SelectionAnswer(Answer):
    """Why the lane, and with what probability documents and goods of such a declaration are inspected."""

    reason: Literal["rule", "model", "random"] | None = Field(description="null for a release")
    rule: str | None = Field(description="name of the rule that decided")
    p_document: float = Field(ge=0, le=1)
    p_physical: float = Field(ge=0, le=1)


class ModelAnswer(Answer):
    """The model behind the scores: the id of its signed bundle."""

    bundle_id: str
    created_at: str


class _Decided(Answer):
    declaration_id: str
    version: int
    amends: str | None = Field(
        default=None, description="decision_id of the decision before, on an earlier version"
    )
    lane: Lane
    selection: SelectionAnswer
    degraded: list[Degradation] = Field(description=_DEGRADED)
    items: list[ItemAnswer]
    model: ModelAnswer | None
    profiles_as_of: date | None = Field(description="day of which the histories of the parties are")


class DecisionAnswer(_Decided):
    """The decision on a declaration, recorded before it was sent."""

    decision_id: str
    recorded_at: datetime
    leaf_hash: Hash = Field(description="RFC 6962 leaf hash of the ledger record")
    receipt: str | None = Field(default=None, description=_RECEIPT)


class DryRunAnswer(_Decided):
    """What would be decided on a declaration now, but for the random draw: no decision, and no record."""

    dry_run: Literal[True]


class CancellationAnswer(Answer):
    """The cancellation of a decision, as it stands in the ledger; the same when it is asked for again."""

    decision_id: str
    reason: CancellationReason
    cancelled_at: datetime
    leaf_hash: Hash
    receipt: str | None = Field(default=None, description=_RECEIPT)


class HeadingAnswer(Answer):
    """What speaks for one heading: evidence, never a verdict; null where nothing is known."""

    heading: str
    fit: float | None = Field(
        description="how well the description fits there, percent; 100: as well as any other heading's"
    )
    compared: int = Field(description="values of a kilogram that were declared there in the last year")
    quarter: float | None
    median: float | None
    three_quarters: float | None
    lower: float | None = Field(description="percentage of them that lies below the item's")
    importer_items: int = Field(description="past items that the importer declared there")
    corrected: int | None = Field(
        description="past findings that an item declared like this one was of this heading"
    )
    tax_rate: float | None = Field(description="mean rate of duties and taxes there, percent")
    text: Words


class ItemHeadings(Answer):
    """The declared heading of one item, and the likeliest others, at most three."""

    item_no: int
    declared: HeadingAnswer | None
    others: list[HeadingAnswer]


class HeadingsAnswer(Answer):
    """Headings that the items of a decision may be of, derived from its record and the snapshot of its day.

    Without items where that snapshot is not there any more.
    """

    decision_id: str
    as_of: date | None
    snapshot: str | None = Field(description="identity of the snapshot, the one that was decided by")
    items: list[ItemHeadings]


class OutcomeAnswer(Answer):
    """One outcome taken down: the platform knows it from `recorded_at` on."""

    declaration_id: str
    item_no: int
    version: int
    decision_id: str | None = Field(
        default=None, description="the decision that it is the outcome of; null where none was made here"
    )
    recorded_at: datetime
    leaf_hash: Hash
    receipt: str | None = Field(default=None, description=_RECEIPT)


class OutcomesAnswer(Answer):
    """The outcomes, in their order, each as it stands in the ledger; the same when they are sent again."""

    outcomes: list[OutcomeAnswer]


class Live(Answer):
    """The process answers."""

    status: Literal["live"]


class State(Answer):
    """What is at work, and what is missing or was refused."""

    status: Literal["ready", "not ready"]
    ledger: Literal["writable", "away"]
    rules: str | None = Field(description="version of the rules at work")
    model: str | None = Field(description="id of the bundle at work")
    model_refused: str | None = Field(description="why the newest champion is not at work")
    profiles_as_of: date | None
    profiles_refused: str | None = Field(description="why the newest profiles are not at work")


class Champion(Answer):
    """The bundle at work and its model card."""

    bundle_id: str
    created_at: str
    trainer: str
    card: dict[str, object]


class FaultAnswer(Answer):
    """One thing that is wrong: JSON pointer, field, rule, remedy. Values are never repeated."""

    pointer: str
    field: str
    rule: str
    remedy: str


class ProblemAnswer(Answer):
    """Problem details after RFC 9457."""

    type: str
    title: str
    status: int
    remedy: str
    detail: str | None = None
    decision_id: str | None = Field(default=None, description="the decision that stands in the way")
    errors: list[FaultAnswer] | None = None


class BatchLine(Answer):
    """What became of one line of a batch: `status` and `answer` or `problem`, as of a request of its own."""

    line: int = Field(description="number of the line, from 1 on")
    status: int
    answer: DecisionAnswer | None = None
    problem: ProblemAnswer | None = None
