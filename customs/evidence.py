"""Records by which floors that do not know each other speak: evaluations, drift, promotions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from customs.figure import Figure


@dataclass(frozen=True)
class Evaluation:
    """The figures of one method (model, rules, random, champion, lookup) on one part of the data.

    `part` is `test`, `novel` (rows whose goods tuple was never seen in training) or `decontaminated`
    (trained without the rows whose goods tuple stands in the test part); `figures` maps a measure, such as
    `precision_at_5`, to its value and interval.
    """

    part: str
    method: str
    items: int
    illicit: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class SkillClaim:
    """Whether skill may be claimed: one measure, named beforehand, against the better baseline.

    `lift` is model over baseline; `bound` its one-sided lower bound at `level`. There is skill only if the
    bound is above 1.
    """

    measure: str
    baseline: str
    lift: float
    bound: float
    level: float = 0.999

    @property
    def holds(self) -> bool:
        """True if the bound of the lift is above 1 (a bound that is NaN never is)."""
        return self.bound > 1.0


@dataclass(frozen=True)
class EvaluationReport:
    """All that one final evaluation says: figures, the claim of skill, and its findings in plain words.

    `champion` is the bundle that was judged beside the model, None where there was none.
    """

    evaluations: tuple[Evaluation, ...]
    skill: SkillClaim | None
    words: tuple[str, ...]
    champion: str | None = None


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column moved between the reference and the current period, and whether that alerts."""

    column: str
    measure: str
    score: float
    threshold: float
    alert: bool


@dataclass(frozen=True)
class DriftReport:
    """What monitoring saw: counts, columns, and the verdict with its reasons in plain words."""

    bundle_id: str
    since: str
    until: str
    reference_items: int
    current_items: int
    columns: tuple[ColumnDrift, ...]
    alert: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class Promotion:
    """A bundle that became champion, or was refused: by whose key, when, on what grounds."""

    bundle_id: str
    previous: str | None
    approver: str
    decided_at: str
    accepted: bool
    grounds: tuple[str, ...]
    signature: str
