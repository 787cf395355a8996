"""What is decided about a declaration, and the scores of its items behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customs.lane import Lane
from customs.outcome import SelectionReason
from customs.reason import Reason


@dataclass(frozen=True)
class Kinds:
    """What kind of irregularity an item may hold: a probability by kind of finding; they add up to its risk.

    `learnt` is False where nothing of the item tells its kind: then they are the risk times the shares of the
    kinds among past findings.
    """

    probability: Mapping[str, float]
    learnt: bool


@dataclass(frozen=True)
class ItemScore:
    """What the models say of one goods item.

    `risk` is a calibrated probability, `anomaly` lies in [0, 1], `expected_revenue` and the value interval
    are in the valuation currency; None where the model cannot say. The interval is a reason to doubt the
    declared value (WTO Decision 6.1), never a customs value. `kinds` are None where the model knows of none.
    """

    item_no: int
    risk: float | None
    anomaly: float | None
    expected_revenue: float | None
    value_low: float | None
    value_mid: float | None
    value_high: float | None
    reasons: tuple[Reason, ...] = ()
    kinds: Kinds | None = None


@dataclass(frozen=True)
class Selection:
    """The lane of a declaration, why, and with what probabilities it would be inspected.

    `reason` is None for a release; `rule` names the rule that decided, where one did. `p_document` and
    `p_physical` are the probabilities, given the past, that the documents and the goods are inspected: of
    every declaration, inspected or not. `draw` is the uniform number of the independent random draw.
    """

    lane: Lane
    reason: SelectionReason | None
    rule: str | None
    p_document: float
    p_physical: float
    draw: float
